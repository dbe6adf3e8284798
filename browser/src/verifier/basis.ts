// What a verdict rests on: which lists in which version, which entries, under which checkpoint.

import { type Bytes } from "../bytes";
import { type OpenedCheckpoint } from "../registry/checkpoint";
import { type EventRecord } from "../registry/events";
import { type PublishedList } from "../registry/lists";
import { type StatusList } from "../registry/statuslist";
import { type Attached } from "./attached";
import { type Logged } from "./evidence";

/** One slot's events, oldest first, and the file they were read from: its block of 4,096 slots and its leaf hash. */
export interface EventsRead {
  readonly block: number;
  readonly leaf: Bytes;
  readonly records: readonly EventRecord[];
}

/** The opened evidence behind one verdict; null for what was not in hand or not asked for. */
export interface Basis {
  readonly checkpoint: OpenedCheckpoint | null;
  readonly attached: Attached | null;
  readonly logged: Logged | null;
  readonly trust: PublishedList | null;
  readonly status: StatusList | null;
  readonly events: EventsRead | null;
}

export const NO_BASIS: Basis = { checkpoint: null, attached: null, logged: null, trust: null, status: null, events: null };
