/**
 * `npm run check:clauses`: takes each transition that docs/agreement.md names out of its machine in turn, and fails
 * when no pure test that carries the row's tag notices. `--json` prints one object; `--only C5` checks some rows only.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readTable } from './clause-table.ts';
import type { Row, Transition } from './clause-table.ts';

interface Outcome {
  readonly clause: string;
  readonly transition: string;
  /** The first test that noticed, or null. */
  readonly noticedBy: string | null;
  /** Why the run says nothing: the transition does not exist, or no test ran. */
  readonly problem: string | null;
}

interface VitestReport {
  readonly numTotalTests: number;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'check-clauses-'));
const { values } = parseArgs({ options: { json: { type: 'boolean' }, only: { type: 'string', multiple: true } } });

/** Runs the pure tests that carry this tag; without `transition`, as they are. */
async function runTests(clause: string, transition: Transition | null, slot: number): Promise<VitestReport | null> {
  const output = join(folder, `${slot}.json`);
  rmSync(output, { force: true });
  const options = [
    'run',
    '--config',
    'dev/check-clauses.vitest.config.ts',
    '--reporter=json',
    `--outputFile=${output}`,
  ];
  const child = spawn(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), ...options, '-t', tagged(clause).source, ...filesOf(clause)],
    {
      cwd: root,
      stdio: 'ignore',
      timeout: 120_000,
      env: { ...process.env, ...(transition ? { PACTA_WITHOUT_TRANSITION: transition.text } : {}) },
    },
  );
  await new Promise((resolve) => child.once('close', resolve));
  try {
    return JSON.parse(readFileSync(output, 'utf8')) as VitestReport;
  } catch {
    return null;
  }
}

/** How a title ends that carries this tag. */
const tagged = (clause: string) => new RegExp(`\\[([A-Z]\\d, )*${clause}(, [A-Z]\\d)*\\]`);

/** Test files in which the tag occurs: the others need not be loaded. */
function filesOf(clause: string): string[] {
  const tests = 'tests/machines';
  const files = readdirSync(join(root, tests)).filter((name) => name.endsWith('.test.ts'));
  return files
    .filter((name) => tagged(clause).test(readFileSync(join(root, tests, name), 'utf8')))
    .map((name) => `${tests}/${name}`);
}

async function check(row: Row, transition: Transition, slot: number): Promise<Outcome> {
  const report = await runTests(row.id, transition, slot);
  const outcome = { clause: row.id, transition: transition.text, noticedBy: null, problem: null };
  const failed = report?.testResults.flatMap((file) => file.assertionResults).find((test) => test.status === 'failed');
  if (failed) return { ...outcome, noticedBy: failed.fullName };
  const broken = report?.testResults.find((file) => file.message !== '')?.message.split('\n')[0];
  if (broken !== undefined) return { ...outcome, problem: broken };
  if (report === null || report.numPassedTests === 0) return { ...outcome, problem: 'no pure test carries the tag' };
  return outcome;
}

const all = readTable(readFileSync(join(root, 'docs/agreement.md'), 'utf8'));
const rows = all.filter((row) => values.only === undefined || values.only.includes(row.id));
const work = rows.flatMap((row) => row.transitions.map((transition) => ({ row, transition })));
const outcomes: Outcome[] = [];
const say = (line: string) => values.json || console.log(line);
const started = performance.now();

/** Two processes at a time: as many as the smallest machine has cores. */
async function worker(slot: number): Promise<void> {
  for (let next = work.shift(); next; next = work.shift()) {
    const outcome = await check(next.row, next.transition, slot);
    outcomes.push(outcome);
    const verdict = outcome.problem ?? (outcome.noticedBy === null ? 'NOT NOTICED' : `noticed: ${outcome.noticedBy}`);
    say(`${outcome.noticedBy === null ? '×' : '✓'} ${outcome.clause}  ${outcome.transition}  ${verdict}`);
  }
}

const total = work.length;
say(
  `Taking out ${total} transitions of ${rows.filter((row) => row.transitions.length > 0).length} clauses, one at a time`,
);
await Promise.all([worker(0), worker(1)]);
rmSync(folder, { recursive: true, force: true });
const unnoticed = outcomes.filter((outcome) => outcome.noticedBy === null);
const bare = rows.filter((row) => row.status === 'kept' && row.transitions.length === 0).map((row) => row.id);
const passed = unnoticed.length === 0 && bare.length === 0 && total > 0;
if (values.json) console.log(JSON.stringify({ passed, total, unnoticed, withoutTransition: bare, outcomes }));
else {
  for (const id of bare) console.log(`× ${id} is kept, but names no transition`);
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`${total - unnoticed.length} of ${total} noticed, ${seconds} s`);
}
if (!passed) process.exitCode = 1;
