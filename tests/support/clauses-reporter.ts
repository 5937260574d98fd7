/**
 * Fails a whole run when docs/agreement.md says more than its tests show: a kept row whose tests are missing, skipped,
 * or did not run. A run of some tests only is not judged, and says so.
 */
import { readFileSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Reporter, TestModule, TestSpecification, Vitest } from 'vitest/node';
import { keptByTheApi, readTable, tagsOf } from '../../dev/clause-table.ts';
import type { Row } from '../../dev/clause-table.ts';

export interface RunTest {
  /** Relative to tests/. */
  readonly file: string;
  readonly title: string;
  readonly state: 'passed' | 'failed' | 'skipped' | 'pending';
}

/** What is wrong with the table, in sentences; empty when every kept row is shown. */
export function judge(rows: readonly Row[], tests: readonly RunTest[]): string[] {
  const problems: string[] = [];
  for (const row of rows) {
    const tagged = tests.filter((test) => tagsOf(test.title).includes(row.id));
    for (const named of row.tests) {
      const found = tests.filter((test) => test.file === named.file && test.title === named.title);
      if (found.length === 0) problems.push(`${row.id}: there is no test '${named.file} › ${named.title}'`);
      else if (!tagsOf(named.title).includes(row.id))
        problems.push(`${row.id}: '${named.title}' does not carry its tag`);
    }
    if (row.status !== 'kept') continue;
    if (row.tests.length === 0) problems.push(`${row.id} is kept, but names no test`);
    if (row.transitions.length === 0 && !keptByTheApi.has(row.id))
      problems.push(`${row.id} is kept, but names no transition`);
    if (!tagged.some((test) => test.state === 'passed'))
      problems.push(`${row.id} is kept, but no test tagged [${row.id}] passed`);
    for (const test of tagged.filter((one) => one.state !== 'passed')) {
      const what = { failed: 'failed', skipped: 'was skipped', pending: 'did not run' }[test.state as 'failed'];
      problems.push(`${row.id} is kept, but '${test.file} › ${test.title}' ${what}`);
    }
  }
  const known = new Set(rows.map((row) => row.id));
  const strange = new Set(tests.flatMap((test) => tagsOf(test.title)).filter((id) => !known.has(id)));
  for (const id of strange) problems.push(`There is a test tagged [${id}], but no such row`);
  return problems;
}

const testsFolder = fileURLToPath(new URL('..', import.meta.url));

export default class ClausesReporter implements Reporter {
  readonly #table: string;
  readonly #write: (line: string) => void;
  #vitest: Vitest | undefined;
  #specifications: readonly TestSpecification[] = [];

  constructor(options: { table?: string; write?: (line: string) => void } = {}) {
    this.#table = options.table ?? fileURLToPath(new URL('../../docs/agreement.md', import.meta.url));
    this.#write = options.write ?? ((line) => void process.stdout.write(`${line}\n`));
  }

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunStart(specifications: readonly TestSpecification[]): void {
    this.#specifications = specifications;
  }

  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const rows = readTable(readFileSync(this.#table, 'utf8'));
    if (!(await this.#isWhole())) {
      this.#write(' Clauses  not judged: only some of the tests were run');
      return;
    }
    const tests = modules.flatMap((module) =>
      [...module.children.allTests()].map((test): RunTest => ({
        file: relative(testsFolder, module.moduleId).split(sep).join('/'),
        title: test.name,
        state: test.result().state,
      })),
    );
    const problems = judge(rows, tests);
    const count = (status: Row['status']) => rows.filter((row) => row.status === status).length;
    const counts = `${count('kept')} kept, ${count('in part')} in part, ${count('not yet')} not yet`;
    this.#write(` Clauses  ${counts}${problems.length === 0 ? '' : `; ${problems.length} not shown:`}`);
    for (const problem of problems) this.#write(`   × ${problem}`);
    if (problems.length > 0) process.exitCode = 1;
  }

  /** Whether the run has every file of every project, and every test of them. */
  async #isWhole(): Promise<boolean> {
    const vitest = this.#vitest;
    if (!vitest) return false;
    if (vitest.getGlobalTestNamePattern() !== undefined || vitest.config.project.length > 0) return false;
    const key = (one: TestSpecification) => `${one.project.name}:${one.moduleId}`;
    const run = new Set(this.#specifications.map(key));
    return (await vitest.globTestSpecifications()).every((one) => run.has(key(one)));
  }
}
