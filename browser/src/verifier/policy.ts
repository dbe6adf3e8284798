// How old evidence may be, in seconds, and how many witnesses a checkpoint needs where the roots do not ask for more.

export interface Policy {
  readonly name: string;
  readonly maxStatusAge: number;
  readonly witnessThreshold: number;
  readonly clockLeeway: number;
  readonly unissuedGrace: number;
  readonly backdatingLimit: number;
}

/** `verifier.policy.BROWSER` of the Python room: like "online", without the log's post-quantum signature. */
export const BROWSER: Policy = {
  name: "browser",
  maxStatusAge: 300,
  witnessThreshold: 1,
  clockLeeway: 300,
  unissuedGrace: 3600,
  backdatingLimit: 86400,
};

/** Where the network is cut: `verifier.policy.OFFLINE` without the log's post-quantum signature. */
export const OFFLINE: Policy = { ...BROWSER, name: "browser-offline", maxStatusAge: 86400 };
