/**
 * How personal data is kept: AES-256-GCM under a key that is not where the data is. What it belongs to is authenticated with
 * it, so that it cannot be read in another place.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

export const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Encrypted at once, so that a large file is not in memory a third time. */
const PIECE_BYTES = 1024 * 1024;

/** What the data belongs to: whose it is, and what of it. */
export interface Place {
  readonly subject: string;
  readonly name: string;
}

/** @returns a new nonce of {@link NONCE_BYTES}, then the ciphertext, then its tag of 16 bytes */
export function seal(key: Buffer, place: Place, plain: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(additional(place));
  const sealed = Buffer.allocUnsafe(NONCE_BYTES + plain.length + TAG_BYTES);
  nonce.copy(sealed);
  throughPieces(plain, sealed, NONCE_BYTES, (piece) => cipher.update(piece));
  cipher.final();
  cipher.getAuthTag().copy(sealed, NONCE_BYTES + plain.length);
  return sealed;
}

/** @throws when it was changed, belongs to another place, or was sealed under another key */
export function unseal(key: Buffer, place: Place, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(additional(place));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const body = sealed.subarray(NONCE_BYTES, -TAG_BYTES);
  const plain = Buffer.allocUnsafe(body.length);
  throughPieces(body, plain, 0, (piece) => decipher.update(piece));
  decipher.final();
  return plain;
}

/** A stream cipher gives as many bytes as it takes. */
function throughPieces(from: Buffer, to: Buffer, offset: number, turn: (piece: Buffer) => Buffer): void {
  for (let at = 0; at < from.length; at += PIECE_BYTES) {
    turn(from.subarray(at, at + PIECE_BYTES)).copy(to, offset + at);
  }
}

/** With its length in front, so that no other split of the two strings reads the same. */
function additional({ subject, name }: Place): Buffer {
  return Buffer.from(`${subject.length}:${subject}${name}`, 'utf8');
}
