/** The demo's table in README.md: days since the activation and texts, so that every run gives the same. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Story } from './story.ts';

const README = new URL('../../README.md', import.meta.url);
const BEGIN = '<!-- demo:begin -->';
const END = '<!-- demo:end -->';

/** The table in Markdown, laid out as Prettier would. */
export function readmeTable({ rows }: Pick<Story, 'rows'>): string {
  const head = ['Day', 'What happened', 'Clause', 'Who'];
  const lines = rows.map(({ day, what, clause, who }) => [String(day), what, clause, who]);
  const widths = head.map((title, column) =>
    Math.max(...[head, ...lines].map((line) => [...line[column]!].length), title.length),
  );
  const rendered = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? pad(cell, widths[column]!, 'start') : pad(cell, widths[column]!, 'end'))).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [rendered(head), `| ${rule.join(' | ')} |`, ...lines.map(rendered)].join('\n');
}

/** What stands between the markers of the README. @throws when there are none */
export async function readmeBlock(): Promise<string> {
  const text = await readFile(README, 'utf8');
  const [begin, end] = markersOf(text);
  return text.slice(begin, end).trim();
}

export async function writeReadmeTable(story: Story): Promise<void> {
  const text = await readFile(README, 'utf8');
  const [begin, end] = markersOf(text);
  await writeFile(README, `${text.slice(0, begin)}\n\n${readmeTable(story)}\n\n${text.slice(end)}`);
}

function markersOf(text: string): [begin: number, end: number] {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`README.md has no ${BEGIN} … ${END} to put the table between.`);
  return [begin + BEGIN.length, end];
}

function pad(text: string, width: number, where: 'start' | 'end'): string {
  const spaces = ' '.repeat(Math.max(0, width - [...text].length));
  return where === 'start' ? spaces + text : text + spaces;
}
