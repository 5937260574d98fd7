/** Whether an answer is as a story expects it, and where it is not. */

export interface Difference {
  /** JSON pointer into what is expected. */
  readonly pointer: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

const TO_THE_MINUTE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$/;
/** How much later than the minute that the story says: test clocks run on in real time while a slow machine works. */
const LATE_MS = 5 * 60_000;

/**
 * Objects have at least what is expected; lists have the same length, or, under `has`, `hasNot` or `count`, these elements,
 * none of these, so many. `anything` is whatever is not null; an instant to the minute is met up to five minutes later.
 */
export function differences(expected: unknown, actual: unknown, pointer = ''): Difference[] {
  const differs: Difference[] = [{ pointer, expected, actual }];
  if (expected === 'anything') return actual === null || actual === undefined ? differs : [];
  if (typeof expected === 'string' && TO_THE_MINUTE.test(expected)) {
    const late = typeof actual === 'string' ? Date.parse(actual) - Date.parse(expected) : NaN;
    return late >= 0 && late < LATE_MS ? [] : differs;
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return differs;
    return expected.flatMap((one, index) => differences(one, actual[index], `${pointer}/${index}`));
  }
  if (typeof expected !== 'object' || expected === null) return expected === actual ? [] : differs;
  if (Array.isArray(actual)) return ofList(expected, actual, pointer);
  if (typeof actual !== 'object' || actual === null) return differs;
  return Object.entries(expected).flatMap(([name, one]) =>
    differences(one, (actual as { [name: string]: unknown })[name], `${pointer}/${name}`),
  );
}

function ofList(expected: object, actual: readonly unknown[], pointer: string): Difference[] {
  const { has = [], hasNot = [], count } = expected as { has?: unknown[]; hasNot?: unknown[]; count?: number };
  const isIn = (wanted: unknown): boolean => actual.some((one) => differences(wanted, one).length === 0);
  const wrong = (name: string, wanted: unknown[], isWrong: (one: unknown) => boolean): Difference[] =>
    wanted.flatMap((one, index) =>
      isWrong(one) ? [{ pointer: `${pointer}/${name}/${index}`, expected: one, actual }] : [],
    );
  return [
    ...wrong('has', has, (one) => !isIn(one)),
    ...wrong('hasNot', hasNot, isIn),
    ...(count === undefined || count === actual.length
      ? []
      : [{ pointer: `${pointer}/count`, expected: count, actual: actual.length }]),
  ];
}

/** Short, on one line. */
export function inWords(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inWords).join(', ')}]`;
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'nothing';
  return Object.entries(value)
    .map(([name, one]) =>
      typeof one === 'object' && one !== null && !Array.isArray(one)
        ? `${name} {${inWords(one)}}`
        : `${name} ${inWords(one)}`,
    )
    .join(', ');
}
