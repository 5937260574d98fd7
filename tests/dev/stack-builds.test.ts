/** A machine is edited while contracts are open, and `npm start` is called again: in a copy of the project, as a user does it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { apiAt, eventually, type Api } from '../../bench/api.ts';
import { live, prepare } from '../../bench/contract-life.ts';
import { createDatabase } from '../../db/database.ts';
import { findInstance, listAudit } from '../../db/instances.ts';
import { PROJECT_ROOT } from '../../dev/stack.ts';
import { readState } from '../../dev/state.ts';
import { folder } from '../support/stack.ts';

const PARTS = [
  ...['activities', 'analysis', 'api', 'db', 'dev', 'docs', 'engine', 'machines', 'records', 'workflows'],
  ...['config.ts', 'worker.ts', 'package.json', 'package-lock.json'],
];
const ANY_PORT = Object.fromEntries(
  ['PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT', 'POSTGRES_PORT', 'SMTP_PORT', 'MAIL_PORT'].map((name) => [
    `PACTA_${name}`,
    '0',
  ]),
);

let running: ChildProcess | undefined;
afterEach(async () => {
  await stop();
});

function copyOfTheProject(): string {
  const copy = join(folder(), 'pacta');
  mkdirSync(copy);
  for (const part of PARTS) cpSync(join(PROJECT_ROOT, part), join(copy, part), { recursive: true });
  symlinkSync(join(PROJECT_ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** `npm start` in this copy; answers when all parts serve. */
async function start(copy: string): Promise<Api> {
  const child = spawn(process.execPath, [join(copy, 'dev', 'start.ts'), '--json'], {
    cwd: copy,
    env: { ...process.env, ...ANY_PORT },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  running = child;
  const said = await new Promise<string>((resolve) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      if (text.includes('\n')) resolve(text);
    });
    child.once('close', () => resolve(text));
  });
  const { ready, urls, operatorKey, error } = JSON.parse(said) as {
    ready: boolean;
    urls: { api: string };
    operatorKey: string;
    error?: string;
  };
  if (!ready) throw new Error(error);
  return apiAt(urls.api, operatorKey);
}

async function stop(): Promise<void> {
  const child = running;
  running = undefined;
  if (!child || child.exitCode !== null) return;
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGINT');
  await closed;
}

/** @returns what was in the file */
function edit(file: string, from: string, to: string): string {
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file, text.replaceAll(from, to));
  return text;
}

interface Plan {
  readonly builds: { readonly from: string; readonly to: string };
  readonly total: number;
  readonly moves: number;
  readonly stays: readonly { id: string; reasons: readonly string[] }[];
  readonly unknown: readonly unknown[];
}

/** The dry run of what stands in the copy, against the stack that runs. */
async function plan(copy: string): Promise<Plan> {
  const child = spawn(process.execPath, [join(copy, 'dev', 'plan-migration.ts'), '--json'], {
    cwd: copy,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => (text += more));
  await new Promise((resolve) => child.once('close', resolve));
  return JSON.parse(text) as Plan;
}

it('goes on with an open contract in the edited machine, as the dry run said: deadlines, clock, next events', async () => {
  const copy = copyOfTheProject();
  const builds = () => readdirSync(join(copy, '.pacta', 'builds')).filter((name) => name.endsWith('.js'));
  let api = await start(copy);
  const database = () => createDatabase(readState(join(copy, '.pacta'))!.env.DATABASE_URL!, { max: 1 });
  const instanceOf = async (id: string) => {
    const db = database();
    try {
      const [instance, audit] = [await findInstance(db, id), await listAudit(db, id)];
      return { ...instance!, audit };
    } finally {
      await db.destroy();
    }
  };
  // The same calls at whichever stack runs.
  const current: Api = {
    get: (...args) => api.get(...args),
    send: (...args) => api.send(...args),
  };
  await prepare(current, 'edited', '2027-03-01T02:00:00.000Z');
  let moved = false;
  await live(
    current,
    'edited',
    'edited',
    async (stage, act, contract) => {
      if (stage === 'notice') {
        const id = `subscription-${contract!.accountId}`;
        const before = await instanceOf(id);
        expect(before).toMatchObject({ version: '3', status: 'active' });
        const chart = join(copy, 'machines', 'subscription.ts');
        const [running] = builds().map((name) => name.replace('.js', ''));
        expect(await plan(copy)).toMatchObject({ builds: { from: running, to: running }, stays: [], unknown: [] });
        const asItWas = edit(chart, 'termed', 'paidFor');
        const { stays, builds: compared } = await plan(copy);
        expect(compared.from).toBe(running);
        expect(compared.to).not.toBe(running);
        expect(stays.find((one) => one.id === id)?.reasons.join()).toContain('standing.active.termed');
        writeFileSync(chart, asItWas);
        await stop();
        expect(builds()).toHaveLength(1);
        edit(join(copy, 'workflows', 'subscription.ts'), "version: '3'", "version: '4'");
        edit(chart, 'Active until the end of the paid term', 'Active, as the next version says, until the end');
        api = await start(copy);
        await eventually('the contract has moved', async () => (await instanceOf(id)).version === '4', 60_000);
        const after = await instanceOf(id);
        expect(after.deadlines).toEqual(before.deadlines);
        expect(after.value).toEqual(before.value);
        expect(after.words).toContain('as the next version says');
        expect(after.audit.at(-1)!.causes).toEqual([{ kind: 'migrated', from: '3', to: '4' }]);
        moved = true;
      }
      await act();
    },
    undefined,
    'renewal',
  );
  expect(moved).toBe(true);
}, 240_000);
