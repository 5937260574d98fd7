/**
 * What kind of file evidence is, by its first bytes. Five signatures, read strictly from the first byte on, rather than a
 * library for hundreds: what is not one of them is refused, and no parser runs over what strangers send.
 */

export const evidenceTypes = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/heic': 'heic',
  'application/pdf': 'pdf',
} as const satisfies Record<string, string>;

export type EvidenceType = keyof typeof evidenceTypes;

const PNG = '\x89PNG\r\n\x1a\n';
/** Brands of HEVC images (ISO/IEC 23008-12), as phones write them. */
const HEIC_BRANDS = ['heic', 'heix'];
/** Longer lists of brands than any camera writes. */
const LONGEST_FILE_TYPE_BOX = 256;

/** @returns undefined when it is none of {@link evidenceTypes} */
export function evidenceTypeOf(bytes: Buffer): EvidenceType | undefined {
  const head = bytes.toString('latin1', 0, LONGEST_FILE_TYPE_BOX);
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (head.startsWith(PNG)) return 'image/png';
  if (head.startsWith('RIFF') && head.startsWith('WEBP', 8)) return 'image/webp';
  if (head.startsWith('%PDF-')) return 'application/pdf';
  return isHeic(bytes, head) ? 'image/heic' : undefined;
}

/** A box `ftyp`: its size, its name, the major brand, a version, then the compatible brands, 4 bytes each. */
function isHeic(bytes: Buffer, head: string): boolean {
  if (!head.startsWith('ftyp', 4)) return false;
  const size = bytes.readUInt32BE(0);
  if (size > head.length || size % 4 !== 0) return false;
  const brands = [head.slice(8, 12)];
  for (let at = 16; at < size; at += 4) brands.push(head.slice(at, at + 4));
  return brands.some((brand) => HEIC_BRANDS.includes(brand));
}
