// What can be wrong with what is handed in: one base class for each room, a stable code and parameters for each defect.
// The codes are those of the Python rooms; their sentences stand in web/i18n.

export type Params = Readonly<Record<string, string | number>>;

export class Defect extends Error {
  constructor(
    readonly code: string,
    readonly params: Params = {},
  ) {
    super(code);
  }
}

export class KeysError extends Defect {}
export class CredentialsError extends Defect {}
export class RegistryError extends Defect {}

/** Evidence that a step needs cannot be used; the step says UNKNOWN. */
export class EvidenceGap extends Defect {
  get path(): string {
    return String(this.params["path"]);
  }
}

/** The bytes of this published path are not in hand. */
export class EvidenceMissing extends EvidenceGap {
  constructor(path: string) {
    super("verifier.evidence_missing", { path });
  }
}

/** The bytes in hand do not hold: unsigned, altered, rolled back, or not logged. */
export class EvidenceRejected extends EvidenceGap {
  constructor(path: string, defect: string) {
    super("verifier.evidence_rejected", { path, defect });
  }
}
