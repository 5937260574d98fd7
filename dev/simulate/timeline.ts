/** What the simulation shows: one timeline for each story, and the verdict. */
import { styleText } from 'node:util';
import type { Entry, Played } from './play.ts';

const SHANGHAI_MS = 8 * 3_600_000;

/** One step of the story, in the agreement's zone. */
export function entryLine({ at, who, what, clause }: Entry): string {
  const local = new Date(Date.parse(at) + SHANGHAI_MS).toISOString();
  const time = `${local.slice(0, 10)} ${local.slice(11, 16)}`;
  return `  ${time}  ${who.padEnd(12)}  ${what}${clause === '' ? '' : `  ${styleText('cyan', clause)}`}`;
}

export function verdictLines({ file, ok, seconds, missed, timeline }: Played): string[] {
  if (ok) return [`${styleText('green', '✔')} ${timeline.length} steps as expected, in ${seconds} s`];
  return missed.map(({ line, message }) => `${styleText('red', '✘')} ${file}:${line}: ${message}`);
}
