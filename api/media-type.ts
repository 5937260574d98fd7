/** Whether a caller wants the data as JSON or in another form: what its Accept header prefers of those that there are. */
import { Problem } from './problems.ts';

const types = { json: 'application/json', html: 'text/html', csv: 'text/csv' } as const;

/**
 * JSON where the header is missing or prefers none, and among the others the first.
 * @param others the forms that are offered beside JSON
 * @throws {Problem} `not-acceptable` when the header rules out all of them
 */
export function preferred<Other extends 'html' | 'csv'>(
  accept: string | undefined,
  ...others: readonly Other[]
): 'json' | Other {
  if (accept === undefined || accept.trim() === '') return 'json';
  const ranges = accept.split(',').map(parse);
  const quality = (type: string): number =>
    (
      ranges.find((range) => range.type === type) ??
      ranges.find((range) => range.type === `${type.split('/')[0]}/*`) ??
      ranges.find((range) => range.type === '*/*')
    )?.quality ?? 0;
  const offered = (['json', ...others] as const).map((form) => ({ form, quality: quality(types[form]) }));
  const best = offered.reduce((a, b) => (b.quality > a.quality ? b : a));
  if (best.quality === 0) throw new Problem('not-acceptable', { field: 'Accept' });
  return best.form;
}

function parse(range: string): { type: string; quality: number } {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = q === undefined ? 1 : Number(q.slice(2));
  return { type, quality: Number.isFinite(quality) ? Math.min(1, Math.max(0, quality)) : 0 };
}
