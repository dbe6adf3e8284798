// Numbers with check characters: certificate numbers (ISO 7064 MOD 37,36) and credit codes (GB 32100, MOD 31-3). Pure.

const ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const NUMBER = /^[0-9A-HJKMNP-TV-Z]{13}$/;
const CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const CREDIT = /^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$/;
const TAIL = /^[0-9A-Z]{4}$/;

/** True for a certificate number exactly as printed, check character included. */
export function isNumber(text: unknown): text is string {
  return typeof text === "string" && NUMBER.test(text) && checkCharacter(text.slice(0, 12)) === text[12];
}

export function checkCharacter(text: string): string {
  let product = 36;
  for (const character of text) product = (((product + ALPHANUMERIC.indexOf(character)) % 36 || 36) * 2) % 37;
  return ALPHANUMERIC[(37 - product) % 36] as string;
}

/** True for a unified social credit code exactly as printed, check character included. */
export function isCreditCode(code: unknown): code is string {
  if (typeof code !== "string" || !CREDIT.test(code)) return false;
  let total = 0;
  let weight = 1;
  for (const character of code.slice(0, 17)) {
    total += CREDIT_ALPHABET.indexOf(character) * weight;
    weight = (weight * 3) % 31;
  }
  return CREDIT_ALPHABET[(31 - (total % 31)) % 31] === code[17];
}

// Electronic certificate identifiers (GB/T 36904): type, issuer, serial, version, check character.
const IDENTIFIER = /^1\.2\.156\.3005\.2\.([0-9A-Z]{18}[0-9]{3})\.([0-9A-Z]{18}|[0-9]{6})\.([0-9A-Z]{1,64})\.([0-9]{3})\.([0-9A-Z])$/;

/** Issuer and serial of an identifier exactly as printed, null where it is none or its check character does not fit. */
export function licenceParts(text: string): { readonly issuer: string; readonly serial: string } | null {
  const [, type, issuer, serial, version, check] = IDENTIFIER.exec(text) ?? [];
  const fits = type !== undefined && issuer !== undefined && serial !== undefined && checkCharacter(type + issuer + serial + version) === check;
  return fits ? { issuer, serial } : null;
}

export function isTail(text: unknown): text is string {
  return typeof text === "string" && TAIL.test(text);
}
