/** `npm run operate` as an operator types it, beside the running product. */
import { randomUUID } from 'node:crypto';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type Db } from '../../db/database.ts';
import { findInstance, listAudit } from '../../db/instances.ts';
import { PROJECT_ROOT } from '../../dev/stack.ts';
import { machineClient } from '../../engine/client.ts';
import { erasure } from '../../workflows/erasure.ts';
import { Contracts, eventually, startProduct } from '../support/http.ts';
import type { Product } from '../support/http.ts';
import { folder, temporalAddress } from '../support/stack.ts';

let product: Product;
let contracts: Contracts;
let connection: Connection;
let db: Db;
beforeAll(async () => {
  product = await startProduct();
  contracts = new Contracts(product);
  await contracts.setPrices();
  connection = await Connection.connect({ address: temporalAddress() });
  db = createDatabase(product.env.DATABASE_URL!, { max: 2 });
});
afterAll(async () => {
  await db.destroy();
  await connection.close();
  await product.close();
});

const why = ['--by', 'operator-7', '--reason', 'the certificate is there now'];

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param onStderr told what it says, e.g. to interrupt it */
function run(
  args: readonly string[],
  {
    env = product.env,
    onStderr,
  }: { env?: Readonly<Record<string, string>>; onStderr?: (interrupt: () => void) => void } = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [join(PROJECT_ROOT, 'dev', 'operate.ts'), ...args, '--data', folder()], {
    env: { PATH: process.env['PATH'], ...env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onStderr?.(() => child.kill('SIGINT'));
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await run([...args, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as T;
}

interface Outcome {
  readonly applied: boolean;
  readonly before?: boolean;
  readonly plan?: { readonly from: object; readonly to: object; readonly begins: readonly string[] };
  readonly result?: object;
}

const byOperators = async (id: string) =>
  (await listAudit(db, id))
    .flatMap(({ causes }) => causes as unknown as { kind: string }[])
    .filter(({ kind }) => kind === 'operator');

/** An erasure whose certificate was never reserved: nothing handles that, so it stands in an error. */
async function errored(): Promise<{ id: string; mend: () => Promise<void> }> {
  const { accountId } = await contracts.register();
  const certificateNumber = `EC-${accountId}`;
  const client = new Client({ connection });
  const erasures = machineClient(client, erasure, { taskQueue: product.env.PACTA_TASK_QUEUE! });
  const { id } = await erasures.start(`erasure-${accountId}`, {
    accountId,
    accountNumber: null,
    reason: 'terminated',
    clause: 'V5',
    certificateNumber,
    decidedAt: '2026-05-01T00:00:00.000Z',
  });
  await eventually('the error', async () => (await findInstance(db, id))?.status === 'error');
  const mend = async () => {
    await db
      .updateTable('certificates')
      .set({ number: certificateNumber })
      .where('account_id', '=', accountId)
      .execute();
    const reserved = {
      number: certificateNumber,
      account_id: accountId,
      counts: 'null',
      reserved_at: '2026-05-01T00:00:00Z',
    };
    await db
      .insertInto('certificates')
      .values({
        ...reserved,
        account_number: null,
        reason: null,
        clause: null,
        decided_at: null,
        erased_at: null,
        hash: null,
      })
      .onConflict((conflict) => conflict.column('account_id').doNothing())
      .execute();
  };
  return { id, mend };
}

describe('an instance in an error', () => {
  it('is found, shown, planned, and redriven once, however often the command is given', async () => {
    const { id, mend } = await errored();
    await eventually('it in the list', async () => {
      const { instances } = await json<{ instances: { id: string; machine: string }[] }>('list', '--status', 'error');
      return instances.some((one) => one.id === id && one.machine === 'erasure');
    });
    const shown = await json<{ now: { view: { error: object } }; audit: object[] }>('show', id);
    expect(shown.now.view).toMatchObject({
      status: 'error',
      error: { message: expect.stringContaining('reserved') as string },
    });
    expect(shown.audit.length).toBeGreaterThan(3);
    const text = await run(['show', id]);
    expect(text.stdout).toContain(`${id} (erasure, version`);

    await mend();
    const planned = await json<Outcome>('redrive', id, ...why);
    expect(planned).toMatchObject({
      applied: false,
      plan: { from: { status: 'error' }, to: { status: 'active' }, begins: ['issueCertificate'] },
    });
    expect((await run(['redrive', id, ...why])).stdout).toContain('Nothing was changed. Add --apply to do it.');
    expect(await byOperators(id)).toEqual([]);
    expect((await findInstance(db, id))?.status).toBe('error');

    const done = await json<Outcome>('redrive', id, ...why, '--apply');
    expect(done).toMatchObject({ applied: true, before: false });
    await eventually('the end', async () => (await findInstance(db, id))?.status === 'done');
    const again = await json<Outcome>('redrive', id, ...why, '--apply');
    expect(again).toEqual({ ...done, before: true });
    expect(await byOperators(id)).toEqual([
      expect.objectContaining({ operation: 'redrive', by: 'operator-7', reason: 'the certificate is there now' }),
    ]);
  });
});

describe('a contract that waits', () => {
  it('becomes overdue when its timer is fired by hand, once', async () => {
    const { holder } = await contracts.ordered();
    const id = `subscription-${holder.accountId}`;
    const { now } = await json<{ now: { view: { deadlines: { event: string }[] } } }>('show', id);
    const { event } = now.view.deadlines[0]!;
    const fire = ['fire-timer', id, event, ...why];
    expect((await run(fire)).stdout).toContain(`EVENT ${event}`);
    const done = await json<Outcome>(...fire, '--apply');
    expect(done).toMatchObject({
      before: false,
      result: { words: expect.stringContaining('final warning') as string },
    });
    expect(await json<Outcome>(...fire, '--apply')).toEqual({ ...done, before: true });
    expect(await byOperators(id)).toHaveLength(1);
    const { instances } = await json<{ instances: { id: string }[] }>(
      'list',
      '--machine',
      'subscription',
      '--query',
      `WorkflowId = '${id}'`,
    );
    expect(instances).toMatchObject([{ id, status: 'active' }]);
  });
});

describe('many', () => {
  it('are operated once each by a bulk that is interrupted and given again', async () => {
    const ids = new Set<string>();
    for (let n = 0; n < 12; n += 1) ids.add(`subscription-${(await contracts.register()).accountId}`);
    const listed = async () =>
      (
        await json<{ instances: { id: string; states: string[] }[] }>('list', '--machine', 'subscription')
      ).instances.filter(({ id }) => ids.has(id));
    const states = await eventually('all in the list', async () => {
      const found = await listed();
      return found.length === 12 && found.every((one) => one.states.length > 0) && found[0]!.states;
    });
    const bulk = ['bulk', 'assign', '{"yearsRequested":3}', ...why, '--name', 'years', '--at-a-time', '1'];
    const asked = [...bulk, '--query', `MachineState = '${states[0]}'`, '--machine', 'subscription', '--json'];
    const planned = await run(asked);
    expect(planned.code).toBe(0);
    expect(JSON.parse(planned.stdout)).toMatchObject({ planned: 12, done: 0, refused: [], applied: false });

    const first = await run([...asked, '--apply'], { onStderr: (interrupt) => interrupt() });
    const { done } = JSON.parse(first.stdout) as { done: number };
    expect([first.code, done > 0 && done < 12]).toEqual([130, true]);
    const second = await run([...asked, '--apply']);
    expect([second.code, JSON.parse(second.stdout)]).toMatchObject([0, { done: 12 - done, before: done, refused: [] }]);
    for (const id of ids) {
      expect(await byOperators(id)).toHaveLength(1);
      expect((await findInstance(db, id))?.context).toMatchObject({ yearsRequested: 3 });
    }
  });
});

describe('what cannot be done', () => {
  it('is said in one line, with the exit code', async () => {
    const unknown = await run(['redrive', `subscription-${randomUUID()}`, ...why]);
    expect([unknown.code, unknown.stderr.split('\n')]).toEqual([
      1,
      [expect.stringContaining('There is no instance'), ''],
    ]);
    const { accountId } = await contracts.register();
    const id = `subscription-${accountId}`;
    const refused = await run(['goto', id, 'nowhere', ...why, '--json']);
    expect([refused.code, JSON.parse(refused.stdout)]).toMatchObject([1, { error: { code: 'OperationRefused' } }]);
    const wrong = await run(['redrive', id]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--by is missing')]);
    const query = await run(['list', '--query', 'no query']);
    expect([query.code, query.stderr.trim().split('\n').length]).toEqual([1, 1]);
    const alone = await run(['list'], { env: {} });
    expect(alone).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^No stack runs in .*: `npm start -- --data .*` starts it\..*\n$/) as string,
    });
    const closed = { ...product.env, TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const away = await run(['list'], { env: closed });
    expect([away.code, away.stderr]).toEqual([1, expect.stringContaining('Temporal does not answer at 127.0.0.1:1')]);
  });
});
