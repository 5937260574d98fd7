import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTable } from '../../dev/clause-table.ts';
import { judge } from '../support/clauses-reporter.ts';
import type { RunTest } from '../support/clauses-reporter.ts';

const row = (id: string, status: string, tests = `machines/a.test.ts › pays [${id}]`) =>
  `| ${id} | A promise | ${status} | \`subscription · * on paid\` | ${tests} |`;
const passed = (id: string): RunTest => ({ file: 'machines/a.test.ts', title: `pays [${id}]`, state: 'passed' });
const judged = (rows: string[], ...tests: RunTest[]) => judge(readTable(rows.join('\n')), tests);

describe('a kept row', () => {
  it('is shown by a test with its tag that passed', () => {
    expect(judged([row('C5', 'kept')], passed('C5'))).toEqual([]);
  });

  it.each(['skipped', 'pending', 'failed'] as const)('is not shown by a test that was %s', (state) => {
    expect(judged([row('C5', 'kept')], { ...passed('C5'), state })).toEqual(
      expect.arrayContaining([expect.stringContaining('C5 is kept, but no test tagged [C5] passed')]),
    );
    const another = { file: 'machines/b.test.ts', title: 'another [C5]', state } as const;
    expect(judged([row('C5', 'kept')], passed('C5'), another)).toEqual([expect.stringContaining('another [C5]')]);
  });

  it('is not shown when the test that it names is not there, or does not carry its tag', () => {
    expect(judged([row('C5', 'kept', 'machines/a.test.ts › gone [C5]')], passed('C5'))).toEqual([
      expect.stringContaining("there is no test 'machines/a.test.ts › gone [C5]'"),
    ]);
    expect(judged([row('C5', 'kept', 'machines/a.test.ts › pays [C6]')], passed('C5'), passed('C6'))).toEqual(
      expect.arrayContaining([expect.stringContaining('does not carry its tag')]),
    );
  });

  it('names a test and a transition', () => {
    const bare = '| C5 | A promise | kept | — | — |';
    expect(judged([bare], passed('C5'))).toEqual([
      'C5 is kept, but names no test',
      'C5 is kept, but names no transition',
    ]);
  });
});

describe('another row', () => {
  it('kept in part is not judged, but the tests that it names are there', () => {
    expect(judged([row('C5', 'in part: the rest')], { ...passed('C5'), state: 'skipped' })).toEqual([]);
    expect(judged([row('C5', 'in part: the rest')])).toHaveLength(1);
  });

  it('is missing for a tag that no row has', () => {
    expect(judged([row('C5', 'kept')], passed('C5'), { ...passed('Z9'), title: 'flies [Z9]' })).toEqual([
      'There is a test tagged [Z9], but no such row',
    ]);
  });
});

describe('a run', { timeout: 120_000 }, () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'planted-')));
  const tests = join(folder, 'planted.test.ts');

  beforeAll(() => {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const reporter = join(root, 'tests/support/clauses-reporter.ts');
    writeFileSync(
      join(folder, 'vitest.config.ts'),
      `export default { root: ${JSON.stringify(folder)}, test: { include: ['*.test.ts'], reporters: [[${JSON.stringify(reporter)}, { table: ${JSON.stringify(join(folder, 'table.md'))} }]] } };`,
    );
    const named = `${relative(join(root, 'tests'), tests).split(sep).join('/')} › pays [C5]`;
    writeFileSync(join(folder, 'table.md'), row('C5', 'kept', named));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function run(test: string, ...options: string[]) {
    writeFileSync(tests, `import { expect, it } from 'vitest';\n${test}\nit('other', () => expect(1).toBe(1));\n`);
    const { status, stdout } = spawnSync(
      process.execPath,
      [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', join(folder, 'vitest.config.ts'), ...options],
      { cwd: tmpdir(), encoding: 'utf8', env: { ...process.env, CI: 'true', NO_COLOR: '1' }, timeout: 50_000 },
    );
    return { status, stdout };
  }

  it('of all tests passes when every kept row is shown', () => {
    const { status, stdout } = run(`it('pays [C5]', () => expect(1).toBe(1));`);
    expect(stdout).toContain('Clauses  1 kept, 0 in part, 0 not yet');
    expect(status).toBe(0);
  });

  it('of all tests fails when a kept row’s test is skipped or gone', () => {
    const skipped = run(`it.skip('pays [C5]', () => expect(1).toBe(1));`);
    expect(skipped.stdout).toContain('was skipped');
    expect(skipped.status).toBe(1);
    const gone = run('');
    expect(gone.stdout).toContain('there is no test');
    expect(gone.status).toBe(1);
  });

  it('of some tests only is not judged, and says so', () => {
    const { status, stdout } = run(`it('pays [C5]', () => expect(1).toBe(1));`, '-t', 'other');
    expect(stdout).toContain('not judged');
    expect(status).toBe(0);
  });
});
