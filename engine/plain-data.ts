/** What a context may hold: what JSON keeps, so that an instance is the same after a restart. Free of both Temporal halves. */

/**
 * Looks for the first thing that JSON would lose or change. Allowed are plain objects, arrays, strings, booleans, null, finite
 * numbers, references to actors, errors (their name and message survive), and `undefined` as an object's value, which counts as absent.
 *
 * @returns where it is and what, e.g. `context.due is a Date`; undefined when there is none. Never the value itself.
 */
export function notPlain(value: unknown, path = 'context'): string | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || value === undefined || value === null)
    return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${path} is not a finite number`;
  if (typeof value !== 'object') return `${path} is a ${typeof value}`;
  if (isActor(value) || value instanceof Error) return undefined;
  if (Array.isArray(value)) {
    for (const [index, one] of value.entries()) {
      const found = one === undefined ? `${path}[${index}] is undefined` : notPlain(one, `${path}[${index}]`);
      if (found) return found;
    }
    return undefined;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype as object) !== null) {
    return `${path} is a ${value.constructor?.name ?? 'class instance'}`;
  }
  for (const [key, one] of Object.entries(value)) {
    const found = notPlain(one, `${path}.${key}`);
    if (found) return found;
  }
  return undefined;
}

function isActor(value: object): boolean {
  return 'sessionId' in value && 'send' in value;
}

/** Bytes of a text in UTF-8, which is what limits of the server count. */
export function bytesOf(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    // The two units of a character beyond the first plane have four bytes together.
    if (unit > 0x7f) bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return bytes;
}

/** What JSON keeps of a value; also cuts every reference into the living tree. */
export function jsonOf(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}
