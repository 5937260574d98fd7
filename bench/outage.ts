/** `npm run outage -- --minutes 5`: the database away for that long while events go on. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { startStack } from '../dev/stack.ts';
import { databaseAway } from './database-away.ts';

const { minutes, pause, json } = new Command('outage')
  .description('Takes the database away, goes on sending events, and says what it costs and whether anything is lost')
  .option('--minutes <n>', 'how long it is away', Number, 5)
  .option('--pause <ms>', 'between two events', Number, 1000)
  .option('--json', 'the report as JSON, and nothing else on standard output')
  .parse()
  .opts<{ minutes: number; pause: number; json?: boolean }>();

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());
const dataDir = mkdtempSync(join(tmpdir(), 'pacta-outage-'));
chmodSync(dataDir, 0o755);
const tell = (text: string): void => void process.stderr.write(`${text}\n`);
const { signal } = interruption;
const stack = await startStack({ dataDir, anyPorts: true, signal, onProgress: ({ text }) => tell(text) });
try {
  const report = await databaseAway(stack, { seconds: minutes * 60, pauseMs: pause, onProgress: tell, signal });
  const { lost, twice, beyond } = report;
  process.stdout.write(
    json
      ? `${JSON.stringify(report, null, 2)}\n`
      : `${report.seconds} s without the database: ${report.events} events answered (slowest ${report.slowestMs} ms), ${report.refused} refused since too much waited, history grew by ${report.perEvent} for each and ${beyond} beyond, by ${report.idleGrowth} where nothing was sent; stored ${report.caughtUpMs} ms after it was back; ${lost.length} lost, ${twice.length} twice, read model ${report.agrees ? 'agrees' : 'DIFFERS'}\n`,
  );
  if (lost.length > 0 || twice.length > 0 || !report.agrees) process.exitCode = 1;
} finally {
  await stack.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
