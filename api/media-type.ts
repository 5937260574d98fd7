/** Whether a caller wants the page or the data: what its Accept header prefers of the two. */
import { Problem } from './problems.ts';

export type Representation = 'json' | 'html';

/**
 * JSON where the header is missing or prefers neither.
 * @throws {Problem} `not-acceptable` when the header rules out both
 */
export function preferred(accept: string | undefined): Representation {
  if (accept === undefined || accept.trim() === '') return 'json';
  const ranges = accept.split(',').map(parse);
  const quality = (type: string, group: string) =>
    (
      ranges.find((range) => range.type === type) ??
      ranges.find((range) => range.type === group) ??
      ranges.find((range) => range.type === '*/*')
    )?.quality ?? 0;
  const json = quality('application/json', 'application/*');
  const page = quality('text/html', 'text/*');
  if (json === 0 && page === 0) throw new Problem('not-acceptable', { field: 'Accept' });
  return page > json ? 'html' : 'json';
}

function parse(range: string): { type: string; quality: number } {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = q === undefined ? 1 : Number(q.slice(2));
  return { type, quality: Number.isFinite(quality) ? Math.min(1, Math.max(0, quality)) : 0 };
}
