/**
 * Kills the worker at random moments while contracts live through slowed years, and compares what they come to with a
 * contract that nobody disturbed. Its load never pauses, so that kills find something running.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { loadConfig } from '../config.ts';
import { createDatabase, type Db } from '../db/database.ts';
import type { Stack } from '../dev/stack.ts';
import { canonical } from '../engine/protocol.ts';
import { apiAt, type Api } from './api.ts';
import { advance, type Contract, live, prepare } from './contract-life.ts';
import { remainsOf, rowsOf } from './contract-rows.ts';
import { type Landing, landings } from './landing.ts';

export interface KillOptions {
  readonly kills: number;
  /** Contracts that live at the same time, each on a clock of its own. */
  readonly contracts: number;
  /** At least this much real time for the lives. */
  readonly seconds: number;
  readonly seed: number;
  readonly onProgress?: (text: string) => void;
  readonly signal?: AbortSignal;
}

export interface Kill {
  readonly n: number;
  /** Seconds since the lives began. */
  readonly at: number;
  /** Contract time that the contracts had reached, ISO days. */
  readonly contractDays: readonly string[];
  readonly landed: readonly Landing[];
  readonly duringTask: boolean;
}

export interface KillReport {
  readonly seed: number;
  readonly seconds: number;
  readonly kills: readonly Kill[];
  /** Kills that found a workflow task or an activity running. */
  readonly duringTask: number;
  /** Information updates sent by the load, and steps of the contracts that they caused. */
  readonly load: { readonly sent: number; readonly taken: number };
  /** What differs from the undisturbed contract, or is there not exactly once. Empty: nothing. */
  readonly differences: readonly string[];
}

const STARTS_AT = '2027-03-01T02:00:00.000Z';
const DAY_MS = 86_400_000;
/** A life takes this long by the contract; kills are spread over it. */
const LIFE_DAYS = 745;
const STEP_DAYS = 25;
/** A kill comes at a random moment of this time, which begins when the contracts go on after the one before. */
const ALIVE_MS = 5_000;
/** What a killed task was in has to time out, then its contract is replayed. Kills that come faster only stop everything. */
const GOES_ON_WITHIN_MS = 60_000;
/** A clock moves when its contracts are at rest for a moment. */
const LOAD_PAUSE_MS = 20;

/** Small, fast, and the same everywhere: a seed repeats the moments, if not what they hit. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** @param stack a whole stack, with nothing else going on */
export async function killAtRandom(stack: Stack, options: KillOptions): Promise<KillReport> {
  const config = loadConfig(stack.env);
  const api = apiAt(stack.urls.api ?? '', config.operatorKey, 400_000);
  const db = createDatabase(config.databaseUrl, { max: 4 });
  const connection = await Connection.connect(config.temporal.connection);
  const client = new Client({ connection, namespace: config.temporal.namespace });
  const tell = options.onProgress ?? (() => {});
  try {
    const reference = await undisturbed(api, db, options, tell);
    const began = performance.now();
    const run = { kills: [] as Kill[], reached: new Map<string, number>(), loads: new Set<Load>(), done: false };
    const seconds = (): number => (performance.now() - began) / 1000;
    const lives = Promise.all(
      Array.from({ length: options.contracts }, (_, n) =>
        disturbed(api, db, `kills-${options.seed}-${n + 1}`, run, options, seconds),
      ),
    ).finally(() => (run.done = true));
    lives.catch(() => {});
    await Promise.race([killing(stack, db, client, run, options, seconds, tell), interrupted(options.signal)]);
    const ends = await Promise.race([lives, interrupted(options.signal)]);
    const differences = ends.flatMap((end) => compare(end, reference));
    if (run.kills.length < options.kills) differences.push(`only ${run.kills.length} kills before the lives were over`);
    return {
      seed: options.seed,
      seconds: Math.round(seconds()),
      kills: run.kills,
      duringTask: run.kills.filter((kill) => kill.duringTask).length,
      load: {
        sent: ends.reduce((sum, end) => sum + end.sent, 0),
        taken: ends.reduce((sum, end) => sum + end.taken, 0),
      },
      differences,
    };
  } finally {
    await connection.close();
    await db.destroy();
  }
}

function interrupted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = (): void => reject(new Error('Interrupted'));
    if (signal?.aborted) fail();
    signal?.addEventListener('abort', fail, { once: true });
  });
}

interface Run {
  readonly kills: Kill[];
  /** How far each contract is in its life, 0 to 1, by clock. */
  readonly reached: Map<string, number>;
  /** Those under way. */
  readonly loads: Set<Load>;
  done: boolean;
}

interface End {
  readonly name: string;
  readonly rows: Outcome;
  readonly remains: Awaited<ReturnType<typeof remainsOf>>;
  readonly sent: number;
  readonly taken: number;
}

/** The rows without the single steps: how steps of load and life alternate is chance. */
type Outcome = Omit<Awaited<ReturnType<typeof rowsOf>>, 'steps'>;

async function undisturbed(api: Api, db: Db, { seed }: KillOptions, tell: (text: string) => void): Promise<End> {
  const name = `kills-${seed}-reference`;
  tell('An undisturbed contract lives first.');
  await prepare(api, name, STARTS_AT);
  return lived(db, name, (around) => live(api, name, name, around));
}

async function disturbed(
  api: Api,
  db: Db,
  name: string,
  run: Run,
  options: KillOptions,
  seconds: () => number,
): Promise<End> {
  await prepare(api, name, STARTS_AT);
  run.reached.set(name, 0);
  const load = new Load(api, name);
  const slowly = async (to: string): Promise<void> => {
    const target = Date.parse(to);
    let at = Date.parse(STARTS_AT) + (run.reached.get(name) ?? 0) * LIFE_DAYS * DAY_MS;
    while (at < target) {
      // Nobody waits for slow steps once the kills are over.
      at = run.kills.length >= options.kills ? target : Math.min(at + STEP_DAYS * DAY_MS, target);
      await advance(api, name, new Date(at).toISOString());
      const reached = (at - Date.parse(STARTS_AT)) / DAY_MS / LIFE_DAYS;
      run.reached.set(name, reached);
      // The life waits for the kills, so that they are spread over all of it.
      const isAhead = () => reached * options.kills > run.kills.length + 1 || reached * options.seconds > seconds();
      while (isAhead() && !options.signal?.aborted) await sleep(50);
    }
  };
  const end = await lived(
    db,
    name,
    (around) =>
      live(
        api,
        name,
        name,
        async (stage, act, contract) => {
          if (stage === 'firstTransfer') {
            load.start(contract!);
            run.loads.add(load);
          }
          if (stage === 'erasure') {
            await load.stop();
            run.loads.delete(load);
          }
          await around(stage, act, contract);
        },
        slowly,
      ),
    load,
  );
  return end;
}

type Around = NonNullable<Parameters<typeof live>[3]>;

async function lived(db: Db, name: string, liveIt: (around: Around) => Promise<Contract>, load?: Load): Promise<End> {
  let rows: Awaited<ReturnType<typeof rowsOf>> | undefined;
  const { accountId } = await liveIt(async (stage, act, contract) => {
    if (stage === 'erasure') rows = await storedRows(db, contract!.accountId, load?.sent ?? 0);
    await act();
  });
  if (!rows) throw new Error(`${name} was never erased`);
  const { steps, ...outcome } = rows;
  const taken = correctionsIn(steps);
  return { name, rows: outcome, remains: await remainsOf(db, accountId), sent: load?.sent ?? 0, taken };
}

/**
 * The rows once as many corrections are stored as were answered: an answer with 202 comes before its step is stored.
 * One that is lost is missing after the time limit, too.
 */
async function storedRows(db: Db, accountId: string, corrections: number): ReturnType<typeof rowsOf> {
  const giveUpAt = performance.now() + GOES_ON_WITHIN_MS;
  for (;;) {
    const rows = await rowsOf(db, accountId);
    if (correctionsIn(rows.steps) >= corrections || performance.now() > giveUpAt) return rows;
    await sleep(200);
  }
}

function correctionsIn(steps: Awaited<ReturnType<typeof rowsOf>>['steps']): number {
  return steps.filter(({ causes }) => causes.includes('event information.provided')).length;
}

/** Corrects an account's information again and again: every correction is one step of its contract. */
class Load {
  readonly #api: Api;
  readonly #name: string;
  #going: Promise<void> | undefined;
  #stopped = false;
  sent = 0;

  constructor(api: Api, name: string) {
    this.#api = api;
    this.#name = name;
  }

  start({ accountId, token, email }: Contract): void {
    this.#going = (async () => {
      // An even number, so that nothing is missing in the end.
      while (!this.#stopped || this.sent % 2 === 1) {
        const isMissing = this.sent % 2 === 0;
        const contact = { name: 'Li Example', email, ...(isMissing ? {} : { phone: '+86 22 5555 0100' }) };
        const organisation = {
          name: 'Sample Power Tools Ltd.',
          ...(isMissing ? {} : { address: '12 Example Street, Tianjin' }),
        };
        const key = `${this.#name}.load-${this.sent}`;
        await this.#api.send('PUT', `/accounts/${accountId}/information`, { organisation, contact }, key, token);
        this.sent += 1;
        await sleep(LOAD_PAUSE_MS);
      }
    })();
    this.#going.catch(() => {});
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#going;
  }
}

/** Waits until every contract under load has answered again. */
async function goOn(run: Run): Promise<void> {
  const before = [...run.loads].map((load) => [load, load.sent] as const);
  const giveUpAt = performance.now() + GOES_ON_WITHIN_MS;
  const isWaiting = () => before.some(([load, sent]) => run.loads.has(load) && load.sent === sent);
  while (isWaiting() && performance.now() < giveUpAt) await sleep(20);
}

async function killing(
  stack: Stack,
  db: Db,
  client: Client,
  run: Run,
  options: KillOptions,
  seconds: () => number,
  tell: (text: string) => void,
): Promise<void> {
  const random = randomFrom(options.seed);
  const noticed = new Set<string>();
  const openOnes = () => db.selectFrom('instances').select('id').where('status', '=', 'active').execute();
  while (!run.done && (await openOnes()).length < options.contracts) await sleep(50);
  while (run.kills.length < options.kills && !run.done && !options.signal?.aborted) {
    await goOn(run);
    await sleep(random() * ALIVE_MS);
    const killedAt = Date.now();
    await stack.kill('worker', 'SIGKILL');
    const open = await openOnes();
    const landed = await landings(
      client,
      open.map(({ id }) => id),
      killedAt,
      noticed,
    );
    const running = landed.filter((one) => one.running.length > 0);
    const kill: Kill = {
      n: run.kills.length + 1,
      at: Math.round(seconds() * 10) / 10,
      contractDays: [...run.reached.values()].map((part) =>
        new Date(Date.parse(STARTS_AT) + part * LIFE_DAYS * DAY_MS).toISOString().slice(0, 10),
      ),
      // Nothing ran: then where the contracts stood.
      landed: running.length > 0 ? running : landed.filter(({ instance }) => instance.startsWith('subscription-')),
      duringTask: running.length > 0,
    };
    run.kills.push(kill);
    tell(describe(kill));
    await stack.start('worker');
  }
  if (options.signal?.aborted) throw new Error('Interrupted');
}

/** One line for a person. */
export function describe({ n, at, landed, duringTask }: Kill): string {
  const where = landed.map(
    ({ instance, event, last, running }) =>
      `${instance.slice(0, instance.indexOf('-') + 5)} at event ${event} (${last}${running.length > 0 ? `; ${running.join(', ')}` : ''})`,
  );
  return `Kill ${n} after ${at} s, ${duringTask ? 'during a task' : 'between tasks'}: ${where.join(' · ') || 'nothing is open'}`;
}

function compare(end: End, reference: End): string[] {
  const differences: string[] = [];
  const expectSame = (what: string, found: unknown, wanted: unknown): void => {
    const [a, b] = [canonical(found), canonical(wanted)];
    if (a !== b) differences.push(`${end.name}, ${what}: ${a} instead of ${b}`);
  };
  for (const table of Object.keys(reference.rows) as (keyof Outcome)[]) {
    expectSame(table, end.rows[table], reference.rows[table]);
  }
  const { certificates, ...remains } = end.remains;
  const { certificates: wanted, ...wantedRemains } = reference.remains;
  expectSame('what remains', remains, wantedRemains);
  // The load has left more rows in the audit, and so more rows were deleted.
  const comparable = (all: typeof certificates) =>
    all.map(({ done, ...rest }) => ({
      ...rest,
      done: { ...(done as Record<string, number>), rows: 0, executions: 0 },
    }));
  expectSame('certificate', comparable(certificates), comparable(wanted));
  expectSame('load', end.taken, end.sent);
  return differences;
}
