/** Every scenario of scenarios/, on the real stack, through HTTP. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readScenario } from '../../dev/simulate/check-scenario.ts';
import { play } from '../../dev/simulate/play.ts';
import type { Scenario } from '../../dev/simulate/scenario.ts';
import { vocabulary } from '../../dev/simulate/vocabulary.ts';
import { PROJECT_ROOT } from '../../dev/stack.ts';
import { startProduct, type Product } from '../support/http.ts';
import { folder as testFolder } from '../support/stack.ts';

const execFileAsync = promisify(execFile);
interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const folder = join(PROJECT_ROOT, 'scenarios');
/** The example of the documentation, and all files. */
const [, example = ''] = /<!-- example: scenario -->\n+```yaml\n([^]*?)```/.exec(
  readFileSync(join(PROJECT_ROOT, 'docs', 'simulation.md'), 'utf8'),
)!;
const scenarios = [
  readScenario('docs/simulation.md', example),
  ...readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => readScenario(`scenarios/${file}`, readFileSync(join(folder, file), 'utf8'))),
];
const clausesOf = ({ steps }: Scenario) =>
  [...new Set(steps.flatMap(({ clause }) => clause.split(' ')))].filter(Boolean).toSorted();

let product: Product;
beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product?.close());

const place = () => ({ apiUrl: product.url, operatorKey: product.env.PACTA_OPERATOR_KEY! });
const playedWith = async (scenario: Scenario, patience: { patienceMs?: number } = {}) =>
  (await play(scenario, { ...place(), ...patience })).missed.map(
    ({ line, message }) => `${scenario.file}:${line}: ${message}`,
  );

describe.concurrent('the scenario', () => {
  it.each(
    scenarios.map((scenario) => [scenario.file, scenario.story, clausesOf(scenario).join(', '), scenario] as const),
  )(
    '%s plays as it says: %s [%s]',
    async (_file, _story, _clauses, scenario) => {
      expect(await playedWith(scenario)).toEqual([]);
    },
    180_000,
  );
});

describe('the simulation', () => {
  it('says which line of the file is not as expected, and stops there', async () => {
    const text = readFileSync(join(folder, '03-standard-edition-ends-at-replacement.yaml'), 'utf8');
    const wrong = text.replace('decidedBy: rules }', 'decidedBy: clerk-1 }');
    const line = wrong.split('\n').findIndex((one) => one.includes('clerk-1')) + 1;
    const scenario = readScenario('wrong.yaml', wrong);
    const [missed, ...others] = await playedWith(scenario, { patienceMs: 3000 });
    expect(others).toEqual([]);
    expect(missed).toMatch(
      new RegExp(`^wrong.yaml:${line}: maker sees the claim: expected lines.0.decidedBy clerk-1, the API says rules$`),
    );
  }, 90_000);

  it('ends with an error as a command too, and says the line, in words and as JSON', async () => {
    const file = join(testFolder(), 'refused.yaml');
    const head = [
      'story: It wants to be refused',
      'begins: 2031-06-02T10:00+08:00',
      'parties: { buyer: { role: customer } }',
      'steps:',
    ];
    const steps = [
      '  - buyer: sees its account',
      '    that: { role: customer }',
      '  - buyer: leaves',
      '    refused: forbidden',
    ];
    writeFileSync(file, [...head, ...steps, ''].join('\n'));
    const { url, env } = product;
    const args = ['dev/simulate.ts', '--url', url, '--key', env.PACTA_OPERATOR_KEY!, file];
    const run = (...more: string[]) =>
      execFileAsync(process.execPath, [...args, ...more], { cwd: PROJECT_ROOT }).catch(
        (error: unknown) => error as Ended,
      );
    const ended = (await run()) as Ended;
    expect([ended.code, ended.stdout]).toEqual([
      1,
      expect.stringContaining('refused.yaml:8: buyer leaves: expected forbidden, and it was taken'),
    ]);
    const nowhere = (await run('--url', 'http://127.0.0.1:9')) as Ended;
    expect([nowhere.code, nowhere.stderr]).toEqual([
      1,
      expect.stringContaining('Nobody answers at http://127.0.0.1:9'),
    ]);
    const asJson = (await run('--json')) as Ended;
    expect([asJson.code, JSON.parse(asJson.stdout)]).toMatchObject([
      1,
      { ok: false, scenarios: [{ missed: [{ line: 8 }] }] },
    ]);
  }, 120_000);

  it('speaks only of routes that the API has', async () => {
    const { paths } = await product.anyone.get<{ paths: { [path: string]: object } }>('/openapi.json');
    const shape = (path: string) => path.replaceAll(/\{\w+\}/g, '{}');
    const known = new Set(
      Object.entries(paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method} ${shape(path)}`),
      ),
    );
    const unknown = [...vocabulary].flatMap(([phrase, { by, method, path, special }]) => {
      if (special === 'join' || special === 'pay') return [];
      const bases = by.some((role) => role !== 'operator') ? ['/accounts/{}/'] : ['/'];
      const routes = bases.map((base) => `${method.toLowerCase()} ${shape(`${base}${path}`).replace(/\/$/, '')}`);
      return routes.some((route) => known.has(route)) ? [] : [`${phrase}: ${routes.join(', ')}`];
    });
    expect(unknown).toEqual([]);
  });
});
