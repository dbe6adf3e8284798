// Ed25519 for browsers whose WebCrypto lacks it; a chunk of its own that others never load.

import { verifyAsync } from "@noble/ed25519";
import type { Bytes } from "../bytes";

/** True when the signature verifies under RFC 8032 with canonical encodings only. */
export async function verified(signature: Bytes, message: Bytes, publicKey: Bytes): Promise<boolean> {
  try {
    return await verifyAsync(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}
