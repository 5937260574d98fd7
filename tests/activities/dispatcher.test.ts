import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startDispatcher } from '../../activities/dispatcher.ts';
import type { Delivered, Delivery, Dispatcher, DispatcherDeps } from '../../activities/dispatcher.ts';
import { insertClock } from '../../db/clocks.ts';
import { createDatabase } from '../../db/database.ts';
import type { Db } from '../../db/database.ts';
import { insertMail, insertMessage } from '../../db/outbox.ts';
import type { NewMessage } from '../../db/outbox.ts';
import { createDatabase as newDatabase } from '../support/stack.ts';
import { memoryLog, newAccount, someday } from './rows.ts';

let db: Db;
let url: string;
const running: Dispatcher[] = [];

beforeAll(async () => {
  url = await newDatabase();
  db = createDatabase(url, { max: 30 });
});
beforeEach(() => db.deleteFrom('outbox').execute());
afterEach(async () => {
  await Promise.all(running.splice(0).map((dispatcher) => dispatcher.stop()));
});
afterAll(() => db.destroy());

function dispatch(deliver: DispatcherDeps['deliver'], over: Partial<DispatcherDeps> = {}) {
  const log = memoryLog();
  running.push(startDispatcher({ db, databaseUrl: url, deliver, log, ...over }));
  return log;
}

const send = (id: string, over: Partial<NewMessage> = {}) =>
  insertMessage(db, {
    id,
    sender: 'subscription-a',
    senderMachine: 'subscription',
    to: { machine: 'receipt', id: 'receipt-r' },
    event: { type: 'receipt.applied', n: 1 },
    now: new Date().toISOString(),
    ...over,
  });

const emptied = () =>
  vi.waitFor(async () => expect(await db.selectFrom('outbox').select('id').execute()).toEqual([]), {
    timeout: 10_000,
    interval: 20,
  });

describe('the dispatcher', () => {
  it('delivers a message soon after its transaction commits, and forgets it', async () => {
    const seen: Delivery[] = [];
    dispatch((delivery) => (seen.push(delivery), Promise.resolve('delivered')), { pollMs: 60_000 });
    await sleep(200);
    const before = performance.now();
    await send('m.1.0', { start: { accountId: 'a' } });
    await emptied();
    expect(performance.now() - before).toBeLessThan(1_000);
    expect(seen).toEqual([
      {
        id: 'm.1.0',
        to: { machine: 'receipt', id: 'receipt-r' },
        start: { accountId: 'a' },
        event: { type: 'receipt.applied', n: 1 },
        from: 'subscription-a',
        clock: null,
      },
    ]);
  });

  it('keeps the order of each pair and delivers once, with three dispatchers at work', async () => {
    const seen = new Map<string, string[]>();
    const inFlight = new Set<string>();
    const deliver = async ({ id, from = '', to }: Delivery): Promise<Delivered> => {
      const pair = `${from} → ${to.id}`;
      expect(inFlight.has(pair)).toBe(false);
      inFlight.add(pair);
      await sleep(Math.random() * 4);
      inFlight.delete(pair);
      seen.set(pair, [...(seen.get(pair) ?? []), id]);
      return 'delivered';
    };
    for (let n = 0; n < 3; n += 1) dispatch(deliver);
    const expected = new Map<string, string[]>();
    for (let n = 0; n < 120; n += 1) {
      const [sender, receiver] = [`subscription-${n % 3}`, `receipt-${n % 4}`];
      const pair = `${sender} → ${receiver}`;
      const id = `${sender}.${n}.0`;
      expected.set(pair, [...(expected.get(pair) ?? []), id]);
      await send(id, { sender, to: { machine: 'receipt', id: receiver } });
    }
    await emptied();
    expect(seen).toEqual(expected);
  });

  it('tries again later when a delivery fails, and lets only its own pair wait', async () => {
    const seen: string[] = [];
    let failures = 3;
    dispatch(({ id }) => {
      if (id === 'slow.1.0' && (failures -= 1) >= 0) return Promise.reject(new Error('the receiver is away'));
      seen.push(id);
      return Promise.resolve('delivered');
    });
    await send('slow.1.0');
    await send('slow.2.0');
    await send('other.1.0', { sender: 'subscription-b' });
    await emptied();
    expect(seen).toEqual(['other.1.0', 'slow.1.0', 'slow.2.0']);
  });

  it('backs off also when the database itself refuses a statement of the delivery', async () => {
    let tries = 0;
    const sendMail: DispatcherDeps['sendMail'] = async (_row, trx) => {
      tries += 1;
      if (tries < 3) await sql`select 1 / 0`.execute(trx);
    };
    const account = await newAccount(db);
    await db.transaction().execute((trx) =>
      insertMail(trx, {
        id: 'mail-1',
        accountId: account,
        noticeId: 'n',
        template: 'renewed',
        params: {},
        now: new Date().toISOString(),
      }),
    );
    const log = dispatch(() => Promise.resolve('delivered'), { sendMail });
    await vi.waitFor(async () => {
      const [row] = await db.selectFrom('outbox').select(['attempts', 'last_error']).execute();
      expect(row).toMatchObject({ attempts: 1, last_error: expect.stringContaining('22012') as string });
    });
    await emptied();
    expect(tries).toBe(3);
    expect(JSON.stringify(log.lines)).not.toContain('cannot be read');
  });

  it('tells the sender of a refusal, and nobody of the refusal of that', async () => {
    const seen: Delivery[] = [];
    const log = dispatch((delivery) => {
      seen.push(delivery);
      return Promise.resolve({ refused: 'AlreadyEnded' });
    });
    await send('m.1.0');
    await emptied();
    expect(seen).toHaveLength(2);
    expect(seen[1]).toMatchObject({
      id: 'm.1.0.refused',
      to: { machine: 'subscription', id: 'subscription-a' },
      from: 'receipt-r',
      event: {
        type: 'message.refused',
        messageId: 'm.1.0',
        to: 'receipt-r',
        eventType: 'receipt.applied',
        reason: 'AlreadyEnded',
      },
    });
    expect(log.lines.filter((line) => line.level === 'error')).toHaveLength(1);
  });

  it('drops what nobody sent when it is refused', async () => {
    const log = dispatch(() => Promise.resolve({ refused: 'NotFound' }));
    await send('api.1', { sender: 'api', senderMachine: null });
    await emptied();
    expect(log.lines.filter((line) => line.level === 'error')).toHaveLength(1);
  });

  it('says which clock the receiver lives by, and what time it is there', async () => {
    await insertClock(db, 'leap', '2028-02-29T00:00:00.000Z', someday);
    const account = await newAccount(db, 'leap');
    const clocks: Delivery['clock'][] = [];
    dispatch(({ clock }) => (clocks.push(clock), Promise.resolve('delivered')));
    await send('m.1.0', { to: { machine: 'erasure', id: `erasure-${account}` }, start: {} });
    await emptied();
    expect(clocks).toEqual([{ name: 'leap', at: '2028-02-29T00:00:00.000Z' }]);
  });

  it('delivers again when the process died after the delivery', async () => {
    const seen: string[] = [];
    const deliver = ({ id }: Delivery): Promise<Delivered> => (seen.push(id), Promise.resolve('delivered'));
    let isFirst = true;
    const failpoint = () => {
      if (!isFirst) return;
      isFirst = false;
      throw new Error('killed');
    };
    dispatch(deliver, { failpoint });
    await send('m.1.0');
    await emptied();
    expect(seen).toEqual(['m.1.0', 'm.1.0']);
  });

  it('takes no row twice and finishes what is in flight when it is stopped', async () => {
    let isDelivered = false;
    let begun: () => void = () => {};
    const started = new Promise<void>((resolve) => (begun = resolve));
    dispatch(async () => {
      begun();
      await sleep(150);
      isDelivered = true;
      return 'delivered';
    });
    await send('m.1.0');
    await started;
    await running.pop()?.stop();
    expect(isDelivered).toBe(true);
    expect(await db.selectFrom('outbox').select('id').execute()).toEqual([]);
  });

  it('goes on when its connections were cut', async () => {
    const seen: string[] = [];
    dispatch(({ id }) => (seen.push(id), Promise.resolve('delivered')), { pollMs: 100 });
    await sleep(200);
    const { default: pg } = await import('pg');
    const killer = new pg.Client({ connectionString: url });
    await killer.connect();
    await killer.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    await killer.end();
    await vi.waitFor(() => send('m.1.0'), { timeout: 5_000 });
    await emptied();
    expect(seen).toEqual(['m.1.0']);
  });

  it('keeps messages going while the mail server is away', async () => {
    const account = await newAccount(db);
    const seen: string[] = [];
    let mails = 0;
    dispatch(({ id }) => (seen.push(id), Promise.resolve('delivered')), {
      sendMail: async () => {
        mails += 1;
        await sleep(300);
        throw new Error('no mail server');
      },
    });
    const { insertMail } = await import('../../db/outbox.ts');
    await db.transaction().execute((trx) =>
      insertMail(trx, {
        id: 'mail-1',
        accountId: account,
        noticeId: account,
        template: 'activated',
        params: {},
        now: new Date().toISOString(),
      }),
    );
    for (let n = 0; n < 20; n += 1) await send(`m.${n}.0`);
    await vi.waitFor(() => expect(seen).toHaveLength(20), { timeout: 5_000 });
    await vi.waitFor(() => expect(mails).toBeGreaterThan(0));
    await vi.waitFor(
      async () =>
        expect(await db.selectFrom('outbox').select(['id', 'kind']).execute()).toEqual([
          { id: 'mail-1', kind: 'mail' },
        ]),
      { timeout: 5_000 },
    );
  });
});
