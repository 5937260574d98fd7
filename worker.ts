/**
 * Runs workflows and activities, and carries messages and mail. Any number of these processes share the work of one task
 * queue; each may be killed at any moment.
 */
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import type { LogEntry } from '@temporalio/worker';
import { pino } from 'pino';
import { startDispatcher } from './activities/dispatcher.ts';
import { temporalExecutions } from './activities/executions.ts';
import type { Failpoint } from './activities/failpoint.ts';
import { createActivities, effects } from './activities/index.ts';
import { noticeMail, smtpTransport } from './activities/mail.ts';
import { postgresReader } from './activities/store-reader.ts';
import { postgresStore } from './activities/store.ts';
import { loadConfig, type Config } from './config.ts';
import { createDatabase } from './db/database.ts';
import { fileKeyStore } from './db/keys.ts';
import { createVault } from './db/vault.ts';
import type { Alarm } from './engine/alarm.ts';
import { serveBuilds } from './engine/builds.ts';
import type { BuildNews } from './engine/builds.ts';
import { bundleMachines } from './engine/bundle.ts';
import { machineClient } from './engine/client.ts';
import type { Definition } from './engine/definition.ts';
import { createDelivery } from './engine/delivery.ts';
import { ensureSearchAttributes } from './engine/worker.ts';
import * as machines from './workflows/index.ts';

/** `message.refused` takes no longer reason. */
const REASON_LIMIT = 500;

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Bundles the product's workflows, or takes the bundle of an earlier start of the same sources. */
export const productBundle = (): ReturnType<typeof bundleMachines> =>
  bundleMachines(pathOf('./workflows/index.ts'), {
    cache: {
      folder: pathOf('./node_modules/.cache/pacta'),
      sources: ['./engine', './machines', './workflows', './package-lock.json'].map(pathOf),
    },
  });

/** What of {@link BuildNews} needs a person. */
const alarming: ReadonlySet<BuildNews['what']> = new Set<BuildNews['what']>(['missing']);
/** What of it somebody should look at. */
const notable: ReadonlySet<BuildNews['what']> = new Set<BuildNews['what']>(['stays', 'failed']);

/**
 * Runs until the process is asked to stop; says `worker ready` on standard output when it takes work.
 *
 * @param workflowBundle the workflows to run; crash tests give them other bounds
 */
export async function runWorker(
  config: Config,
  workflowBundle: Awaited<ReturnType<typeof bundleMachines>>,
): Promise<void> {
  const log = pino({ level: config.logLevel, base: { process: 'worker' } });
  Runtime.install({
    telemetryOptions: {
      // What the SDK's native side has to say is a line of this log too; by default it goes to standard output as text.
      logging: { forward: {} },
      ...(config.metricsAddress ? { metrics: { prometheus: { bindAddress: config.metricsAddress } } } : {}),
    },
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => log[pinoLevel(level)](factsOf(meta), message)),
  });

  /** Tests name a point at which this process kills itself, as a crash would. */
  const failpoint: Failpoint = (name) => {
    if (name === config.failpoint) process.kill(process.pid, 'SIGKILL');
  };

  const { connection: address, namespace } = config.temporal;
  const connection = await Connection.connect(address);
  const native = await NativeConnection.connect(address);
  const client = new Client({ connection, namespace });
  const db = createDatabase(config.databaseUrl, {
    onIdleError: () => log.warn('An idle connection to Postgres was lost'),
  });
  const keys = fileKeyStore(config.keysDir);
  const added = await ensureSearchAttributes(connection, namespace);
  if (added.length > 0) log.info({ added }, 'Search attributes registered');

  // Short: while one receiver does not answer, messages to others wait for a free lane.
  // The reader: a message that comes again after its receiver has ended was delivered, not refused.
  const reader = postgresReader(db, config.databaseUrl);
  const options = { taskQueue: config.taskQueue, timeoutMs: 5_000, reader };
  const deliver = createDelivery(client, {
    subscription: machineClient(client, machines.subscription, options) as never,
    receipt: machineClient(client, machines.receipt, options) as never,
    repair: machineClient(client, machines.repair, options) as never,
    erasure: machineClient(client, machines.erasure, options) as never,
    claim: machineClient(client, machines.claim, options) as never,
  });
  const transport = smtpTransport(config.smtpUrl, config.mailFrom);

  const builds = await serveBuilds({
    client,
    worker: {
      connection: native,
      namespace,
      taskQueue: config.taskQueue,
      store: postgresStore(db, effects, { failpoint, keys }),
      effects: Object.keys(effects),
      activities: createActivities({
        db,
        keys,
        filesDir: config.filesDir,
        executions: temporalExecutions(client),
        failpoint,
      }),
      reached: (point) => void failpoint(point),
      // The reason may quote what a machine was given; where it was thrown does not.
      alarm: (alarm) => log.error({ alarm: true, ...alarm, reason: undefined }, alarms[alarm.kind]),
    },
    bundle: workflowBundle,
    definitions: Object.values(machines) as unknown as readonly Definition[],
    // The queue's name: a deployment's current build holds for all its queues.
    deployment: config.taskQueue,
    folder: config.buildsDir,
    news: ({ what, ...facts }) => {
      if (alarming.has(what)) log.error({ alarm: true, ...facts }, `Build ${what}`);
      else log[notable.has(what) ? 'warn' : 'info'](facts, `Build ${what}`);
    },
  });

  const dispatcher = startDispatcher({
    db,
    databaseUrl: config.databaseUrl,
    deliver: async ({ clock, ...message }) => {
      const outcome = await deliver({ ...message, ...(clock ? { clockAt: Date.parse(clock.at) } : {}) });
      return outcome === 'delivered'
        ? outcome
        : { refused: `${outcome.refused}: ${outcome.reason}`.slice(0, REASON_LIMIT) };
    },
    sendMail: noticeMail({ transport, vault: createVault(keys), publicUrl: config.publicUrl }),
    log,
    failpoint,
  });

  const stop = () => void builds.stop();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.stdout.write('worker ready\n');
  try {
    await builds.ended;
  } finally {
    await builds.stop();
    await dispatcher.stop();
    await reader.close();
    transport.close();
    await connection.close();
    await native.close();
    await db.destroy();
  }
}

/** In words, for the log. */
const alarms: { readonly [kind in Alarm['kind']]: string } = {
  fault: 'A machine throws at a timer or an answer: its contract waits for a mended deploy',
  errored: 'A contract stands in an error that nobody handled: redrive or stop it',
  stalled: 'An activity fails again and again: its contract waits for it',
  conflict: 'Two histories of one contract reached the store: mend the rows',
};

function pinoLevel(level: LogEntry['level']): 'trace' | 'debug' | 'info' | 'warn' | 'error' {
  return level.toLowerCase() as 'trace' | 'debug' | 'info' | 'warn' | 'error';
}

/** Of what Temporal's SDK says, only what tells where: an error's text may repeat what it was given. */
function factsOf(meta: LogEntry['meta']): Record<string, unknown> {
  const { workflowId, workflowType, activityType, attempt, error } = (meta ?? {}) as Record<string, unknown>;
  const name =
    error instanceof Error ? [error.name, (error as { code?: unknown }).code].filter(Boolean).join(' ') : undefined;
  return Object.fromEntries(
    Object.entries({ workflowId, workflowType, activityType, attempt, error: name }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await runWorker(loadConfig(), await productBundle());
