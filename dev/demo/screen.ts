/** What the demo shows: the table, row by row as things happen, and the verdict on its dates. */
import { styleText } from 'node:util';
import { shown } from './expected-dates.ts';
import type { Row } from './stage.ts';
import type { Story } from './story.ts';

export interface DemoScreen {
  /** A step on the way to a running stack. */
  step(text: string): void;
  begin(): void;
  row(row: Row): void;
  /** What is under way; shown where a line can be taken back. */
  wait(what: string): void;
  verdict(story: Story, seconds: number): void;
  failure(message: string, log: readonly string[]): void;
  say(text: string): void;
}

const WHAT_WIDTH = 80;
const CLAUSE_WIDTH = 8;

export function demoScreen(out: NodeJS.WriteStream): DemoScreen {
  let hasWait = false;
  const line = (text: string): void => {
    if (hasWait) out.write('\u001B[1A\u001B[2K');
    hasWait = false;
    out.write(`${text}\n`);
  };
  return {
    step: (text) => line(styleText('dim', `· ${text}`)),
    begin: () => {
      const head = [
        'date in Shanghai'.padEnd(16),
        'day',
        'what happened'.padEnd(WHAT_WIDTH),
        'clause'.padEnd(CLAUSE_WIDTH),
        'who',
      ];
      line(`\n${styleText('bold', head.join('  '))}`);
    },
    row: ({ at, day, what, clause, who }) =>
      line(
        [
          shown(at),
          String(day).padStart(3),
          what.padEnd(WHAT_WIDTH),
          styleText('cyan', clause.padEnd(CLAUSE_WIDTH)),
          who,
        ].join('  '),
      ),
    wait: (what) => {
      if (!out.isTTY) return;
      line(styleText('dim', `  … ${what}`));
      hasWait = true;
    },
    verdict: ({ rows, checks, since }, seconds) => {
      const wrong = checks.filter(({ ok }) => !ok);
      line(
        `\n${rows.length} events until day ${rows.at(-1)?.day ?? 0} after ${since}, played in ${seconds.toFixed(1)} s.`,
      );
      for (const { what, expected, actual } of wrong) {
        line(`${styleText('red', '✘')} ${what}: expected ${expected}, the API says ${actual}`);
      }
      line(
        wrong.length === 0
          ? `${styleText('green', '✔')} All ${checks.length} dates and facts are as computed independently.`
          : styleText('red', `${wrong.length} of ${checks.length} dates and facts are wrong.`),
      );
    },
    failure: (message, log) => {
      for (const text of log) line(`    ${text}`);
      line(styleText('red', `The demo failed: ${message}`));
    },
    say: line,
  };
}
