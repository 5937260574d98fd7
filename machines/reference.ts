/**
 * Payment references as banks know them: ISO 11649 creditor references, `RF`, two check digits (ISO 7064 MOD 97-10) and
 * sixteen digits of our own. Digits only: every bank passes them on, and a wrong digit or two swapped ones always show.
 */

const digits = 16;

/** A reference from at least twelve random bytes. Two of them may meet by chance: who issues one sees to it. */
export function makeReference(random: Uint8Array): string {
  if (random.length < 12) throw new RangeError('A payment reference needs 12 random bytes');
  const number = random.subarray(0, 12).reduce((value, byte) => value * 256n + BigInt(byte), 0n);
  const body = String(number % 10n ** BigInt(digits)).padStart(digits, '0');
  const check = 98 - remainder97(`${body}RF00`);
  return `RF${String(check).padStart(2, '0')}${body}`;
}

/** True for a reference in its plain form whose check digits are right. */
export function isReference(text: string): boolean {
  return /^RF\d{18}$/.test(text) && remainder97(text.slice(4) + text.slice(0, 4)) === 1;
}

/**
 * The one reference in what a payer wrote, spaced, hyphenated or surrounded by other text, in its plain form; null when
 * there is none, or more than one.
 */
export function parseReference(text: string): string | null {
  const compact = text.toUpperCase().replace(/[^0-9A-Z]/g, '');
  const found = new Set<string>();
  for (let start = compact.indexOf('RF'); start >= 0; start = compact.indexOf('RF', start + 1)) {
    const candidate = compact.slice(start, start + 4 + digits);
    if (isReference(candidate)) found.add(candidate);
  }
  const [only] = found;
  return found.size === 1 && only !== undefined ? only : null;
}

/** The reference in groups of four, as it is printed. */
export function printedReference(reference: string): string {
  return reference.replace(/(.{4})(?=.)/g, '$1 ');
}

/** Letters count as 10 to 35, as ISO 7064 asks. */
function remainder97(text: string): number {
  let rest = 0;
  for (const character of text) {
    const value = parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}
