/**
 * `npm run bench:analysis -- --claims 1000000`: how long data analysis takes to answer from that many claims, through HTTP, on
 * a Postgres of its own. Exits with 1 when a route's 95th percentile is beyond a second, or an answer is none.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { hashOfToken } from '../api/credentials.ts';
import { createDatabase, type Db } from '../db/database.ts';
import { startStack } from '../dev/stack.ts';
import { enter, fill } from './analysis-data.ts';
import { questions } from './analysis-questions.ts';

const LIMIT_MS = 1000;
const UNITS_PER_CLAIM = 2;
/** Another company in the same tables. */
const OTHER_SHARE = 0.1;

const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('a whole number from 1');
  return value;
};
const { claims, rounds, json } = new Command('bench:analysis')
  .description('Fills a database with claims and repairs and says how long data analysis takes to answer')
  .option('--claims <n>', 'how many claims', count, 1_000_000)
  .option('--rounds <n>', 'how often each question is asked', count, 6)
  .option('--json', 'the report as JSON, and nothing else on standard output')
  .parse()
  .opts<{ claims: number; rounds: number; json?: boolean }>();

interface Timing {
  readonly route: string;
  readonly requests: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  /** The question behind the longest answer. */
  readonly slowest: string;
}

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());
const { signal } = interruption;
const tell = (text: string): void => void process.stderr.write(`${text}\n`);
const dataDir = mkdtempSync(join(tmpdir(), 'pacta-analysis-'));
chmodSync(dataDir, 0o755);
const stack = await startStack({
  dataDir,
  only: ['postgres', 'temporal', 'mail', 'api'],
  anyPorts: true,
  fsync: false,
  temporary: true,
  signal,
  onProgress: ({ text }) => tell(text),
});
try {
  const db = createDatabase(stack.env['DATABASE_URL'] ?? '', { max: 2 });
  const filledAfter = await filled(db);
  await db.destroy();
  const timings = await measure(stack.urls.api ?? '');
  const report = {
    claims,
    units: claims * UNITS_PER_CLAIM,
    filledInSeconds: filledAfter,
    rounds,
    cores: cpus().length,
    loadAverage: loadavg()[0]!,
    routes: timings,
  };
  if (signal.aborted) process.exitCode = 130;
  else {
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : table(timings));
    if (timings.some(({ p95 }) => p95 > LIMIT_MS)) process.exitCode = 1;
  }
} finally {
  await stack.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

/** @returns in how many seconds */
async function filled(db: Db): Promise<number> {
  const startedAt = performance.now();
  for (const [index, size] of [
    [2, Math.ceil(claims * OTHER_SHARE)],
    [1, claims],
  ] as const) {
    const accountId = accountOf(index);
    await enter(db, { accountId, tokenHash: hashOfToken(tokenOf(index)) });
    tell(`Company ${index}: ${size.toLocaleString('en')} claims`);
    await fill(db, { accountId, claims: size, unitsPerClaim: UNITS_PER_CLAIM }, { tell, signal });
  }
  return Math.round((performance.now() - startedAt) / 1000);
}

function accountOf(index: number): string {
  return `00000000-0000-8000-8000-00000000000${index}`;
}

function tokenOf(index: number): string {
  return `pacta_bench-${index}`;
}

/** One request after another, the routes and questions in turns. */
async function measure(address: string): Promise<Timing[]> {
  const all = Object.entries(questions).flatMap(([route, those]) => those.map((query) => ({ route, query })));
  const measured: { route: string; query: string; ms: number }[] = [];
  for (let round = 0; round < rounds && !signal.aborted; round += 1) {
    for (const { route, query } of all) {
      if (signal.aborted) break;
      measured.push({ route, query, ms: await ask(address, route, query) });
    }
    tell(`round ${round + 1} of ${rounds}`);
  }
  return [...Map.groupBy(measured, ({ route }) => route)].map(([route, those]) => {
    const sorted = those.toSorted((a, b) => a.ms - b.ms);
    const at = (part: number) => Math.round(sorted[Math.ceil(sorted.length * part) - 1]!.ms);
    const slowest = sorted.at(-1)!.query;
    return { route, requests: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1), slowest };
  });
}

async function ask(address: string, route: string, query: string): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(`${address}/accounts/${accountOf(1)}/analysis/${route}?${query}`, {
    headers: { authorization: `Bearer ${tokenOf(1)}` },
  });
  const text = await response.text();
  const ms = performance.now() - startedAt;
  if (!response.ok) throw new Error(`${route}?${query} answered ${response.status}: ${text}`);
  return ms;
}

function table(timings: readonly Timing[]): string {
  const line = (cells: readonly (string | number)[]) =>
    cells.map((cell, index) => (index === 0 ? String(cell).padEnd(16) : String(cell).padStart(9))).join('');
  const rows = timings.map(({ route, requests, p50, p95, max }) => line([route, requests, p50, p95, max]));
  const over = timings.filter(({ p95 }) => p95 > LIMIT_MS).map(({ route }) => route);
  const verdict = over.length === 0 ? `All within ${LIMIT_MS} ms.` : `Beyond ${LIMIT_MS} ms: ${over.join(', ')}.`;
  return [line(['route', 'requests', 'p50 ms', 'p95 ms', 'max ms']), ...rows, verdict, ''].join('\n');
}
