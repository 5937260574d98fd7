/** The demo's tables in README.md, one for each story: days since its day 0 and texts, so that every run gives the same. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Story, StoryName } from './story.ts';

const README = new URL('../../README.md', import.meta.url);
const MARKS: { readonly [name in StoryName]: string } = { year: 'demo', repair: 'demo-repair' };

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
export async function readmeBlock(name: StoryName): Promise<string> {
  const text = await readFile(README, 'utf8');
  const [begin, end] = markersOf(text, name);
  return text.slice(begin, end).trim();
}

export async function writeReadmeTable(name: StoryName, story: Story): Promise<void> {
  const text = await readFile(README, 'utf8');
  const [begin, end] = markersOf(text, name);
  await writeFile(README, `${text.slice(0, begin)}\n\n${readmeTable(story)}\n\n${text.slice(end)}`);
}

function markersOf(text: string, name: StoryName): [begin: number, end: number] {
  const [first, last] = ['begin', 'end'].map((which) => `<!-- ${MARKS[name]}:${which} -->`) as [string, string];
  const [begin, end] = [text.indexOf(first), text.indexOf(last)];
  if (begin < 0 || end < begin) throw new Error(`README.md has no ${first} … ${last} to put the table between.`);
  return [begin + first.length, end];
}

function pad(text: string, width: number, where: 'start' | 'end'): string {
  const spaces = ' '.repeat(Math.max(0, width - [...text].length));
  return where === 'start' ? spaces + text : text + spaces;
}
