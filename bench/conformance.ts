/** `npm run conformance`: SCXML cases, the language, made-up machines and the product's own, in every mode in which an instance can live. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { startStack } from '../dev/stack.ts';
import { generatedCases } from '../tests/conformance/generated.ts';
import { judgeAll, language, modes, scxml } from '../tests/conformance/modes.ts';
import { domains } from '../tests/conformance/domains.ts';
import { randomWalk, shortestWays } from '../tests/conformance/walks.ts';
import type { Mode, Verdict } from '../tests/conformance/modes.ts';

const integer = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`'${text}' is not a number`);
  return value;
};
const options = new Command('conformance')
  .description(
    'Compares durable instances with plain XState: SCXML cases, all of the language, charts by chance, walks over the product',
  )
  .addOption(new Option('--mode <mode...>', 'only these modes').choices([...modes]).default([...modes]))
  .option('--only <text>', 'only cases whose group and name match this expression', '')
  .option('--walks <n>', "random walks over each of the product's machines, beside the shortest paths", integer, 100)
  .option('--charts <n>', 'machines made up by chance', integer, 50)
  .option('--seed <n>', 'the first seed of walks and charts', integer, 1)
  .option('--width <n>', 'how many instances live at the same time', integer, 8)
  .option('--json', 'the report as JSON, and nothing else on standard output')
  .parse()
  .opts<{ mode: Mode[]; only: string; width: number; walks: number; charts: number; seed: number; json?: boolean }>();

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());
const tell = (text: string): void => void process.stderr.write(`${text}\n`);
// XState warns of every event that comes after the end; these cases send such on purpose.
// oxlint-disable-next-line no-console -- it is XState that writes there
console.warn = () => {};
const dataDir = mkdtempSync(join(tmpdir(), 'pacta-conformance-'));
chmodSync(dataDir, 0o755);
const stack = await startStack({
  dataDir,
  only: ['temporal'],
  anyPorts: true,
  fsync: false,
  signal: interruption.signal,
  onProgress: ({ text }) => tell(text),
});
const began = Date.now();
const verdicts: Verdict[] = [];
try {
  const numbers = (count: number) => Array.from({ length: count }, (_, n) => options.seed + n);
  const cases = [
    ...scxml(),
    ...language(),
    ...numbers(options.charts).flatMap(generatedCases),
    ...domains.flatMap((domain) => [
      ...shortestWays(domain),
      ...numbers(options.walks).map((seed) => randomWalk(domain, seed)),
    ]),
  ].filter(({ group, name }) => new RegExp(options.only).test(`${group}/${name}`));
  await judgeAll(cases, {
    address: stack.env.TEMPORAL_ADDRESS ?? '',
    modes: options.mode,
    width: options.width,
    onProgress: tell,
    signal: interruption.signal,
    onVerdict: (verdict) => void verdicts.push(verdict),
  });
  report();
} catch (error) {
  if (!interruption.signal.aborted) throw error;
  tell('Interrupted: this is what was judged by then.');
  report();
  process.exitCode = 130;
} finally {
  await stack.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

function report(): void {
  const seconds = Math.round((Date.now() - began) / 1000);
  const interrupted = interruption.signal.aborted;
  const all = { seconds, interrupted, counts: countsOf(verdicts), ...failuresOf(verdicts) };
  process.stdout.write(options.json ? `${JSON.stringify(all, null, 2)}\n` : inWords(all));
  if (all.diverging.length > 0) process.exitCode = 1;
}

interface Count {
  readonly group: string;
  readonly mode: Verdict['mode'];
  passed: number;
  cases: number;
}

function countsOf(verdicts: readonly Verdict[]): Count[] {
  const counts = new Map<string, Count>();
  for (const { group, mode, failures } of verdicts) {
    const key = `${group} ${mode}`;
    const count = counts.get(key) ?? { group, mode, passed: 0, cases: 0 };
    counts.set(key, count);
    count.cases += 1;
    if (failures.length === 0) count.passed += 1;
  }
  return [...counts.values()];
}

/** What XState itself does not pass, and what passes there and not as an instance. */
function failuresOf(verdicts: readonly Verdict[]) {
  const failed = verdicts.filter(({ failures }) => failures.length > 0);
  return {
    notByXState: failed.filter(({ mode }) => mode === 'plain'),
    unkept: verdicts.filter(({ unkept, failures }) => unkept !== undefined && failures.length === 0),
    diverging: failed.filter(({ mode }) => mode !== 'plain'),
  };
}

function inWords({
  seconds,
  counts,
  notByXState,
  unkept,
  diverging,
}: ReturnType<typeof failuresOf> & { seconds: number; counts: Count[] }): string {
  const lines = counts.map(
    ({ group, mode, passed, cases }) => `${group.padEnd(12)} ${mode.padEnd(18)} ${passed} of ${cases}`,
  );
  const list = (all: readonly Verdict[]) =>
    all.map(({ mode, name, failures }) => `  ${mode}: ${name}: ${failures.slice(0, 3).join('; ').slice(0, 300)}`);
  return `${[
    ...lines,
    ...(notByXState.length > 0
      ? ['', 'Not passed by XState itself, or by the translation:', ...list(notByXState)]
      : []),
    ...(unkept.length > 0
      ? ['', 'Passed by XState, but no instance can keep it:', ...unkept.map((one) => `  ${one.name}: ${one.unkept}`)]
      : []),
    '',
    diverging.length === 0 ? `No divergences (${seconds} s).` : `${diverging.length} divergences:`,
    ...list(diverging),
  ].join('\n')}\n`;
}
