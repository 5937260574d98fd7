/**
 * Takes the database away for a while and goes on sending events: what it costs in history, whether anything is lost, and
 * how soon all is stored after it is back.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { loadConfig } from '../config.ts';
import { createDatabase } from '../db/database.ts';
import type { Stack } from '../dev/stack.ts';
import { machineClient } from '../engine/client.ts';
import { EngineUnavailable } from '../engine/errors.ts';
import { canonical } from '../engine/protocol.ts';
import { subscription } from '../workflows/subscription.ts';
import { apiAt, eventually } from './api.ts';
import { live, prepare } from './contract-life.ts';
import { eventsOf } from './history-cost.ts';

export interface OutageOptions {
  readonly seconds: number;
  /** Pause between two events during the outage. */
  readonly pauseMs: number;
  readonly onProgress?: (text: string) => void;
  readonly signal?: AbortSignal;
}

export interface OutageReport {
  readonly seconds: number;
  /** Events that were sent and answered while the database was away. */
  readonly events: number;
  /** Events that were refused since too many steps waited for the store. */
  readonly refused: number;
  /** Growth of the history in the outage, per event answered; the rest is {@link beyond}. */
  readonly perEvent: number;
  /** Events in the history beyond those of the updates themselves, at the end of the outage. */
  readonly beyond: number;
  /** The same for a contract to which nothing was sent. */
  readonly idleGrowth: number;
  /** Longest time that an event waited for its answer during the outage. */
  readonly slowestMs: number;
  /** What the API answers meanwhile. */
  readonly apiStatus: number;
  /** From the first moment of the database's return until everything was stored. */
  readonly caughtUpMs: number;
  readonly lost: readonly string[];
  readonly twice: readonly string[];
  /** The read model says what the workflow says, and the API takes commands again. */
  readonly agrees: boolean;
}

/** An update in a task of its own: accepted, completed, and the three events of the task. */
const EVENTS_PER_UPDATE = 5;

/** @param stack a whole stack with a Postgres of its own, which is killed */
export async function databaseAway(stack: Stack, options: OutageOptions): Promise<OutageReport> {
  const config = loadConfig(stack.env);
  const tell = options.onProgress ?? (() => {});
  const api = apiAt(stack.urls.api ?? '', config.operatorKey);
  const connection = await Connection.connect(config.temporal.connection);
  const client = new Client({ connection, namespace: config.temporal.namespace });
  const subscriptions = machineClient(client, subscription, { taskQueue: config.taskQueue });
  const clock = `outage-${Date.now()}`;
  try {
    await prepare(api, clock, '2027-03-01T02:00:00.000Z');
    const [busy, idle] = await Promise.all(
      ['busy', 'idle'].map((name) => live(api, clock, `${clock}-${name}`, undefined, undefined, 'secondTransfer')),
    );
    const one = subscriptions.get(`subscription-${busy!.accountId}`);
    const other = subscriptions.get(`subscription-${idle!.accountId}`);
    const lengthOf = async (id: string) => (await eventsOf(client, id)).length;
    for (const each of [one, other]) await eventually(`${each.id} rests`, async () => (await each.snapshot()).settled);
    await sleep(500);
    const before = { busy: await lengthOf(one.id), idle: await lengthOf(other.id) };

    tell(`Postgres is killed; it stays away for ${options.seconds} s.`);
    await stack.kill('postgres', 'SIGQUIT');
    const away = performance.now();
    const sent: string[] = [];
    let slowestMs = 0;
    let refused = 0;
    while (performance.now() - away < options.seconds * 1000 && !options.signal?.aborted) {
      const id = `${clock}-${sent.length}`;
      const missing = sent.length % 2 === 0 ? ['contactPhone'] : [];
      const began = performance.now();
      const isTaken = await taken(
        one.send(
          { type: 'information.provided', missing, digest: '0'.repeat(64), revision: sent.length + 1, by: 'user' },
          { id },
        ),
      );
      slowestMs = Math.max(slowestMs, performance.now() - began);
      if (isTaken) sent.push(id);
      else refused += 1;
      if (isTaken && sent.length % 30 === 0)
        tell(`${Math.round((performance.now() - away) / 1000)} s: ${sent.length} events answered`);
      await sleep(options.pauseMs);
    }
    const headers = { authorization: `Bearer ${busy!.token}` };
    const answer = await fetch(`${stack.urls.api}/accounts/${busy!.accountId}`, { headers });
    const after = { busy: await lengthOf(one.id), idle: await lengthOf(other.id) };
    const seconds = Math.round((performance.now() - away) / 1000);

    tell('Postgres comes back.');
    await stack.start('postgres');
    const back = performance.now();
    await eventually('all steps are stored', async () => (await one.snapshot()).stored, 60_000);
    const caughtUpMs = performance.now() - back;

    const db = createDatabase(config.databaseUrl, { max: 2 });
    try {
      const audit = await db
        .selectFrom('audit')
        .selectAll()
        .where('instance', '=', one.id)
        .orderBy('sequence')
        .execute();
      const taken = audit.flatMap(({ causes }) => (causes as readonly { id?: string }[]).flatMap(({ id }) => id ?? []));
      const { sequence, view } = await one.snapshot();
      const row = await db.selectFrom('instances').selectAll().where('id', '=', one.id).executeTakeFirst();
      const path = `/accounts/${busy!.accountId}/termination`;
      const left = await api.send<{ state: string }>('POST', path, {}, `${clock}-leave`, busy!.token);
      return {
        seconds,
        events: sent.length,
        refused,
        perEvent: EVENTS_PER_UPDATE,
        beyond: after.busy - before.busy - EVENTS_PER_UPDATE * sent.length,
        idleGrowth: after.idle - before.idle,
        slowestMs: Math.round(slowestMs),
        apiStatus: answer.status,
        caughtUpMs: Math.round(caughtUpMs),
        lost: sent.filter((id) => !taken.includes(id)),
        twice: taken.filter((id, index) => taken.indexOf(id) !== index),
        agrees:
          row?.sequence === sequence &&
          audit.length === sequence &&
          canonical(row.value) === canonical(view.value) &&
          left.state.length > 0,
      };
    } finally {
      await db.destroy();
    }
  } finally {
    await connection.close();
  }
}

async function taken(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer;
    return true;
  } catch (error) {
    if (error instanceof EngineUnavailable) return false;
    throw error;
  }
}
