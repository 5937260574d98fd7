/** `npm run simulate -- FILE…`: plays scenario files through HTTP on a test clock, and says where one is not as expected. */
import { requireNode } from './node-guard.mjs';
import { chmodSync, mkdtempSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { whenAbandoned } from './npm-parent.ts';
import { readScenario, ScenarioFlawed } from './simulate/check-scenario.ts';
import { play, type Played } from './simulate/play.ts';
import type { Scenario } from './simulate/scenario.ts';
import type { Place } from './simulate/theatre.ts';
import { entryLine, verdictLines } from './simulate/timeline.ts';
import { phraseTable } from './simulate/vocabulary.ts';
import { explain, StackError } from './stack-error.ts';
import { startStack } from './stack.ts';

requireNode();

interface Options {
  readonly json?: boolean;
  readonly check?: boolean;
  readonly phrases?: boolean;
  readonly url?: string;
  readonly key?: string;
}

const command = new Command('simulate')
  .description('Plays scenarios (docs/simulation.md) on a stack of its own, or on a running one')
  .argument('[files...]', 'scenario files in YAML')
  .option('--json', 'the result as JSON, and nothing else on standard output')
  .option('--check', 'only say what is wrong with the files')
  .option('--phrases', 'say what a step can say, as a table, and do nothing else')
  .option('--url <url>', 'of the API of a running stack')
  .option('--key <key>', "its operator's key")
  .showHelpAfterError()
  .parse();
const options = command.opts<Options>();
if ((options.url === undefined) !== (options.key === undefined))
  command.error('Give both --url and --key, or neither.');

const calledOff = new AbortController();
const { signal } = calledOff;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => calledOff.abort());
whenAbandoned(() => calledOff.abort());
const tell = (text: string): void => void (options.json ? process.stderr : process.stdout).write(`${text}\n`);

if (options.phrases === true) {
  process.stdout.write(`${phraseTable().join('\n')}\n`);
  process.exit(0);
}
if (command.args.length === 0) command.error('Name the scenario files to play.');

try {
  const scenarios = await readAll(command.args);
  if (options.check !== true) await playAll(scenarios);
  else tell(`${scenarios.length} as they should be.`);
} catch (error) {
  process.exitCode = signal.aborted ? 130 : 1;
  const message = error instanceof StackError ? explain(error).message : messageOf(error);
  if (options.json) process.stdout.write(`${JSON.stringify({ ok: false, error: message })}\n`);
  else process.stderr.write(`${signal.aborted ? 'Stopped.' : message}\n`);
}
process.exit();

/** All that is wrong with all of them is said at once. */
async function readAll(files: readonly string[]): Promise<Scenario[]> {
  const outcomes = await Promise.allSettled(files.map(read));
  const wrong = outcomes.flatMap((one) => (one.status === 'rejected' ? [messageOf(one.reason)] : []));
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  return outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

async function read(file: string): Promise<Scenario> {
  try {
    return readScenario(file, await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof ScenarioFlawed) throw error;
    throw new Error(`${file} cannot be read`, { cause: error });
  }
}

async function playAll(scenarios: readonly Scenario[]): Promise<void> {
  const { place, close } = await stage();
  const played: Played[] = [];
  try {
    for (const scenario of scenarios) {
      tell(`\n${scenario.story}`);
      const one = await play(scenario, place, (entry) => tell(entryLine(entry)));
      for (const text of verdictLines(one)) tell(text);
      played.push(one);
    }
  } finally {
    await close();
  }
  const ok = played.every((one) => one.ok);
  if (options.json) process.stdout.write(`${JSON.stringify({ ok, scenarios: played }, null, 2)}\n`);
  else tell(`\n${played.filter((one) => one.ok).length} of ${played.length} as expected.`);
  if (!ok) process.exitCode = 1;
}

/** The running stack that was named, or one in a folder that goes with it. */
async function stage(): Promise<{ place: Place; close: () => Promise<void> }> {
  const { url, key } = options;
  if (url !== undefined && key !== undefined) {
    const answer = await fetch(new URL('/health', url), { signal }).catch(() => undefined);
    if (!answer) throw new Error(`Nobody answers at ${url}: give the address of the API that npm start prints.`);
    return { place: { apiUrl: url, operatorKey: key, signal }, close: () => Promise.resolve() };
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'pacta-simulation-'));
  // Postgres runs as another user when this runs as root, and has to get in.
  chmodSync(dataDir, 0o755);
  const stack = await startStack({
    dataDir,
    anyPorts: true,
    fsync: false,
    temporary: true,
    signal,
    onProgress: ({ text }) => tell(`· ${text}`),
  });
  const place = { apiUrl: stack.urls.api ?? '', operatorKey: stack.env['PACTA_OPERATOR_KEY'] ?? '', signal };
  return { place, close: () => stack.stop() };
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error && error.cause !== error ? ` (${error.cause.message})` : '';
  return `${error.message}${cause}`;
}
