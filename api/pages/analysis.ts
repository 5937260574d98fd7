/** Figures of data analysis as a page [D1]: what is drawn, and the table with everything. */
import type { Key } from '../../analysis/groups.ts';
import { valueAt, type ShownRow, type Table } from '../analysis-answer.ts';
import { html, page, type Html } from './html.ts';

export interface AnalysisPage {
  readonly title: string;
  readonly description: string;
  readonly period: { readonly from: string | null; readonly to: string };
  readonly table: Table;
  readonly keys: readonly Key[];
  readonly rows: readonly ShownRow[];
  /** Field of the values: a number, or one with bounds. */
  readonly drawn: string;
}

/** More bars are not read. */
const MOST_BARS = 60;
const ROW = 22;
const WIDTH = 700;
const LABEL = 220;
/** Room for the number behind a bar. */
const NUMBER = 70;

export function analysisPage({ title, description, period, table, keys, rows, drawn }: AnalysisPage): string {
  const until = period.from === null ? `until ${period.to}` : `${period.from} to ${period.to}`;
  return page(
    title,
    html`<h1>${title}</h1>
      <p>${description}</p>
      <p>Period: ${until}</p>
      ${chart(rows, keys, drawn)}
      <h2>Table</h2>
      <div class="wide" tabindex="0" role="region" aria-label="Table">
        <table>
          <thead>
            <tr>
              ${table.header.map((name) => html`<th scope="col">${name}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${table.records.map(
              (record) =>
                html`<tr>
                  ${record.map((cell) => html`<td>${shown(cell)}</td>`)}
                </tr> `,
            )}
          </tbody>
        </table>
      </div>
      <footer>Bounds are for 95 % confidence.</footer>`,
  );
}

function shown(cell: unknown): string {
  return typeof cell === 'number' || typeof cell === 'string' ? String(cell) : '–';
}

interface Bar {
  readonly label: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

function chart(rows: readonly ShownRow[], keys: readonly Key[], drawn: string): Html {
  const all = rows.map((row) => barOf(row, keys, drawn)).filter((bar) => bar !== undefined);
  if (all.length === 0) return html`<p>There is nothing to draw.</p>`;
  const bars = all.slice(0, MOST_BARS);
  // Bounds of small groups may be far away; the bars stay readable, and such a bound leaves the picture.
  const largest = Math.max(...bars.map(({ value }) => value)) || Math.max(...bars.map(({ high }) => high)) || 1;
  const end = Math.min(Math.max(...bars.map(({ high }) => high)), largest * 2) || 1;
  const x = (value: number) => (LABEL + (Math.min(value, end) / end) * (WIDTH - LABEL - NUMBER)).toFixed(1);
  return html`<h2>${drawn}</h2>
    <svg
      viewBox="0 0 ${WIDTH} ${bars.length * ROW}"
      role="img"
      aria-label="${drawn} of each group, with bounds; the table has the numbers"
    >
      ${bars.map(({ label, value, low, high }, index) => {
        const y = index * ROW;
        return html`<text x="0" y="${y + 15}">${label}</text>
          <rect class="bar" x="${LABEL}" y="${y + 4}" width="${(Number(x(value)) - LABEL).toFixed(1)}" height="14" />
          <line class="bounds" x1="${x(low)}" x2="${x(high)}" y1="${y + 11}" y2="${y + 11}" />
          <text x="${WIDTH - NUMBER + 6}" y="${y + 15}">${Number(value.toPrecision(4))}</text> `;
      })}
    </svg>
    ${all.length > bars.length ? html`<p>The first ${bars.length} of ${all.length} groups.</p>` : null}`;
}

function barOf({ group, values }: ShownRow, keys: readonly Key[], drawn: string): Bar | undefined {
  const found = valueAt(values, drawn);
  const label = keys.map((key) => group[key] ?? '–').join(' · ') || 'all';
  if (typeof found === 'number') return { label, value: found, low: found, high: found };
  const { value, low, high } = (found ?? {}) as Partial<Bar>;
  return value === undefined || low === undefined || high === undefined ? undefined : { label, value, low, high };
}
