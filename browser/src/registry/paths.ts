// Spells every path of the published folder that a verifier asks for. Tiles and bundles are spelled in `tiles`.

export const CHECKPOINT = "checkpoint";

export const rootsPath = (version: number) => `roots/${version}.json`;
export const listPath = (name: string) => `lists/${name}.json`;
export const listProofPath = (name: string, version: number) => `lists/${name}/${version}.tlog-proof`;
export const trustShardPath = (version: number, firstByte: number) => `lists/trust/${version}/${firstByte.toString(16).padStart(2, "0")}.json`;
export const statusPath = (list: number) => `status/${list}`;
export const statusProofPath = (list: number) => `status/${list}.tlog-proof`;
export const eventsPath = (list: number, block: number) => `events/${list}/${block}`;
export const eventsLeavesPath = (list: number) => `events/${list}/leaves`;
export const hintsPath = (list: number, block: number) => `hints/${list}/${block}`;
