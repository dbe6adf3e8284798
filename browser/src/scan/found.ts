// Sorts what was read: codes in our form, and those of others, which are named and never opened. Pure. The page's module
// holds this and hands it to the scanner, so that what verifies stays in the one file whose digest the page names.

import { read } from "../credentials/envelope";
import { CredentialsError } from "../errors";
import { foreignHost } from "../verifier/hosts";
import { looksLike } from "../verifier/lookalike";
import type { Code } from "./reading";

export interface Found {
  /** In our form, whatever a check will say of them; one of each text. */
  readonly ours: readonly Code[];
  readonly others: readonly Code[];
}

export function sorted(codes: readonly Code[]): Found {
  return { ours: codes.filter(({ text }) => isOurs(text)), others: codes.filter(({ text }) => !isOurs(text)) };
}

/** True for a text that a check has anything to say about, were it only that it is damaged. */
export function isOurs(text: string): boolean {
  try {
    read(text);
    return true;
  } catch (defect) {
    return !(defect instanceof CredentialsError && defect.code === "credentials.not_ours");
  }
}

/** The sentence that names what is not ours, and what fills its places. */
export function named(text: string, official: readonly string[]): readonly [code: string, filling: Readonly<Record<string, string>>] {
  const host = foreignHost(text, official);
  if (host === null) return [/^https?:/i.test(text) ? "scan.other.page" : "scan.other.text", {}];
  const like = looksLike(text, official);
  return like === null ? ["scan.other.link", { host }] : ["scan.other.lookalike", { host, official: like }];
}

export const SORTING = { sorted, isOurs, named };
