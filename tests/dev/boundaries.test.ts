import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BOUNDARIES } from '../../dev/lint/boundaries.mjs';
import { PROJECT_ROOT } from '../../dev/stack.ts';

/** One forbidden import for each boundary, and other ways of writing one. */
const PLANTED: Readonly<Record<string, string>> = {
  'machines/planted-database.ts': `import { findAccount } from '../db/accounts.ts';\nexport const a = findAccount;`,
  'machines/planted-package.ts': `import fastify from 'fastify';\nexport const a = fastify;`,
  'machines/planted-node.ts': `import { readFileSync } from 'node:fs';\nexport const a = readFileSync;`,
  'machines/planted-engine.ts': `import { durable } from '../engine/durable.ts';\nexport const a = durable;`,
  'machines/planted-type.ts': `import type { Database } from '../db/schema.ts';\nexport type A = Database;`,
  'machines/planted-type-query.ts': `export type A = import('../db/schema.ts').Database;`,
  'machines/planted-re-export.ts': `export { findAccount } from '../db/accounts.ts';`,
  'machines/planted-dynamic.ts': `export const a = () => import('../db/accounts.ts');`,
  'engine/planted-sandbox.ts': `import { Client } from '@temporalio/client';\nexport const a = Client;`,
  'engine/planted-domain.ts': `import { terms } from '../machines/terms.ts';\nexport const a = terms;`,
  'engine/client.ts': `import { condition } from '@temporalio/workflow';\nexport const a = condition;`,
  'engine/worker.ts': `import { createActor } from 'xstate';\nexport const a = createActor;`,
  'workflows/planted.ts': `import { createActivities } from '../activities/index.ts';\nexport const a = createActivities;`,
  'workflows/planted-database.ts': `import type { Database } from '../db/schema.ts';\nexport type A = Database;`,
  'records/planted.ts': `import { app } from '../api/app.ts';\nexport const a = app;`,
  'activities/planted.ts': `import { app } from '../api/app.ts';\nexport const a = app;`,
  'activities/planted-workflow.ts': `import { condition } from '@temporalio/workflow';\nexport const a = condition;`,
  'api/planted.ts': `import { subscription } from '../workflows/subscription.ts';\nexport const a = subscription;`,
  'api/routes/planted.ts': `import { Pool } from 'pg';\nexport const a = Pool;`,
  'analysis/planted.ts': `import { findAccount } from '../db/accounts.ts';\nexport const a = findAccount;`,
  'db/planted.ts': `import { terms } from '../machines/terms.ts';\nexport const a = terms;`,
  'db/migrate.ts': `import { createActivities } from '../activities/index.ts';\nexport const a = createActivities;`,
  'web/planted.ts': `import { findAccount } from '../db/accounts.ts';\nexport const a = findAccount;`,
  'dev/demo-planted.ts': `import { terms } from '../machines/terms.ts';\nexport const a = terms;`,
  'config.ts': `import { terms } from './machines/terms.ts';\nexport const a = terms;`,
};

const ALLOWED: Readonly<Record<string, string>> = {
  'machines/allowed.ts': `import { setup } from 'xstate';\nimport { now } from '../engine/machine.ts';\nexport const a = [setup, now];`,
  'workflows/allowed.ts': `import type { Activities } from '../activities/index.ts';\nexport type A = Activities;`,
  'api/server.ts': `import { subscription } from '../workflows/subscription.ts';\nexport const a = subscription;`,
  'worker.ts': `import { createActivities } from './activities/index.ts';\nexport const a = createActivities;`,
};

const REAL_CLOCK = [
  'export const a = Date.now();',
  'export const a = new Date();',
  'export const a = globalThis.Date.now();',
  'const { now } = Date;\nexport const a = now();',
  `import { Temporal } from 'temporal-polyfill';\nexport const a = Temporal.Now.instant();`,
  'export const a = Math.random();',
];
const CONTRACT_CLOCK = `export const a = Date.parse('2027-01-01T00:00:00Z') + new Date(0).getTime();`;

const ENVIRONMENT = [
  'export const a = process.env.HOME;',
  `export const a = process['env'];`,
  'const { env } = process;\nexport const a = env;',
  `import { env } from 'node:process';\nexport const a = env;`,
];

const copy = mkdtempSync(join(tmpdir(), 'pacta-boundaries-'));
let found: Map<string, string[]>;

beforeAll(() => {
  for (const part of ['.oxlintrc.json', 'tsconfig.json', 'package.json'])
    cpSync(join(PROJECT_ROOT, part), join(copy, part));
  cpSync(join(PROJECT_ROOT, 'dev', 'lint'), join(copy, 'dev', 'lint'), { recursive: true });
  symlinkSync(join(PROJECT_ROOT, 'node_modules'), join(copy, 'node_modules'), 'dir');
  const files = {
    ...PLANTED,
    ...ALLOWED,
    'machines/contract-clock.ts': CONTRACT_CLOCK,
    'dev/environment.ts': ENVIRONMENT[0] ?? '',
  };
  for (const [index, source] of REAL_CLOCK.entries()) Object.assign(files, { [`machines/clock-${index}.ts`]: source });
  for (const [index, source] of ENVIRONMENT.entries()) Object.assign(files, { [`db/environment-${index}.ts`]: source });
  for (const [file, source] of Object.entries(files)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    writeFileSync(join(copy, file), `${source}\n`);
  }
  found = lint();
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** The project's own rules that each file of the copy breaks. */
function lint(): Map<string, string[]> {
  const { stdout } = spawnSync(join(copy, 'node_modules', '.bin', 'oxlint'), ['-f', 'json'], {
    cwd: copy,
    encoding: 'utf8',
  });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] };
  const rules = new Map<string, string[]>();
  for (const { code, filename } of diagnostics.filter((one) => one.code.startsWith('pacta('))) {
    rules.set(filename, [...(rules.get(filename) ?? []), code]);
  }
  return rules;
}

describe('import boundaries', () => {
  it.each(Object.keys(PLANTED))('refuses the forbidden import in %s', (file) => {
    expect(found.get(file)).toContain('pacta(boundaries)');
  });

  it.each(Object.keys(ALLOWED))('lets the import in %s pass', (file) => {
    expect(found.get(file)).toBeUndefined();
  });

  it('has a planted violation for every boundary that forbids something', () => {
    const restricting = BOUNDARIES.filter(({ packages }) => !packages.includes('*'));
    const first = (file: string): unknown => BOUNDARIES.find(({ files }) => files.test(file));
    const untested = restricting.filter((boundary) => !Object.keys(PLANTED).some((file) => first(file) === boundary));
    expect(untested.map(({ name }) => name)).toEqual([]);
  });
});

describe('the real clock', () => {
  it.each(REAL_CLOCK.map((source, index) => [source, index] as const))(
    'is refused in machines/: %s',
    (_source, index) => {
      expect(found.get(`machines/clock-${index}.ts`)).toContain('pacta(no-real-clock)');
    },
  );

  it('is not meant by dates that are given', () => {
    expect(found.get('machines/contract-clock.ts')).toBeUndefined();
  });
});

describe('the environment', () => {
  it.each(ENVIRONMENT.map((source, index) => [source, index] as const))(
    'has no reader beside config.ts: %s',
    (_source, index) => {
      expect(found.get(`db/environment-${index}.ts`)).toContain('pacta(environment-in-config-only)');
    },
  );

  it('is open to the local stack', () => {
    expect(found.get('dev/environment.ts')).toBeUndefined();
  });
});
