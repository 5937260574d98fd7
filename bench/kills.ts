/** `npm run kills`: the worker killed at random moments of slowed years. */
import { mkdtempSync, chmodSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { startStack } from '../dev/stack.ts';
import { killAtRandom } from './random-kills.ts';

const integer = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`'${text}' is not a number`);
  return value;
};
const { kills, contracts, seconds, seed, json } = new Command('kills')
  .description('Kills the worker at random moments and compares what comes of it with an undisturbed run')
  .option('--kills <n>', 'how many', integer, 30)
  .option('--contracts <n>', 'how many contracts live at the same time', integer, 8)
  .option('--seconds <n>', 'real time that the lives take at least', integer, 90)
  .option('--seed <n>', 'repeats the moments of an earlier run', integer, Date.now() % 100_000)
  .option('--json', 'the report as JSON, and nothing else on standard output')
  .parse()
  .opts<{ kills: number; contracts: number; seconds: number; seed: number; json?: boolean }>();

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());
const dataDir = mkdtempSync(join(tmpdir(), 'pacta-kills-'));
chmodSync(dataDir, 0o755);
const tell = (text: string): void => void process.stderr.write(`${text}\n`);
const stack = await startStack({
  dataDir,
  anyPorts: true,
  fsync: false,
  signal: interruption.signal,
  onProgress: ({ text }) => tell(text),
});
try {
  const report = await killAtRandom(stack, {
    kills,
    contracts,
    seconds,
    seed,
    onProgress: tell,
    signal: interruption.signal,
  });
  const share = Math.round((100 * report.duringTask) / report.kills.length);
  process.stdout.write(
    json
      ? `${JSON.stringify(report, null, 2)}\n`
      : `${report.kills.length} kills in ${report.seconds} s (seed ${seed}), ${report.duringTask} during a task (${share} %); load: ${report.load.sent} sent, ${report.load.taken} taken\n${report.differences.length === 0 ? 'Everything as in the undisturbed run, and once.' : report.differences.join('\n')}\n`,
  );
  if (report.differences.length > 0 || share < 80) process.exitCode = 1;
} catch (error) {
  if (!interruption.signal.aborted) throw error;
  tell('Interrupted.');
  process.exitCode = 130;
} finally {
  await stack.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
