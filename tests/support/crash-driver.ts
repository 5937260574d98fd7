/** The product for one crash test: an API in this process and a worker in one of its own that dies where it is told to. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { startApi } from '../../api/server.ts';
import { apiAt, type Api } from '../../bench/api.ts';
import { loadConfig } from '../../config.ts';
import { createDatabase, type Db } from '../../db/database.ts';
import { spawnChild, stopChild, untilReady, type Child } from '../../dev/child.ts';
import { planWorker } from '../../dev/processes.ts';
import { STACK_MARK } from '../../dev/state.ts';
import { bundleMachines } from '../../engine/bundle.ts';
import { folder, stackUrls, testEnvironment } from './stack.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DIES_WITHIN_MS = 100_000;
/** The worker's own cache of bundles: most often the bundle is there already. */
const cache = {
  folder: join(ROOT, 'node_modules', '.cache', 'pacta'),
  sources: ['engine', 'machines', 'workflows', 'package-lock.json', 'tests/support/restless-workflows.ts'].map((path) =>
    join(ROOT, path),
  ),
};
const bundles = new Map<string, Promise<string>>();

/** Bundled once per test file, kept as a file for the many starts of a worker. */
function bundleFile(workflows: string): Promise<string> {
  const known = bundles.get(workflows);
  if (known) return known;
  const made = (async () => {
    const file = join(folder(), 'bundle.json');
    writeFileSync(file, JSON.stringify(await bundleMachines(join(ROOT, workflows), { cache })));
    return file;
  })();
  bundles.set(workflows, made);
  return made;
}

export interface Product {
  readonly api: Api;
  readonly db: Db;
  readonly env: Readonly<Record<string, string>>;
  /**
   * Has the worker die twice at each of these points, one after the other, while `act` goes on; then lets it live.
   * @returns how often it died
   */
  diesTwiceAt(failpoints: readonly string[], act: () => Promise<void>): Promise<number>;
  /** Message-IDs of the copies that came to an address, by Message-ID how many. */
  mailsTo(address: string): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
}

/** @param workflows module of the workflows to run, from the project's root */
export async function startProduct(workflows = 'workflows/index.ts'): Promise<Product> {
  const bundle = await bundleFile(workflows);
  const env = await testEnvironment({ PACTA_TEST_BUNDLE: bundle, PACTA_LOG_LEVEL: 'fatal' });
  const config = loadConfig(env);
  const api = await startApi(config);
  const db = createDatabase(config.databaseUrl, { max: 2 });
  const logFile = join(folder(), 'worker.log');
  let child: Child | undefined;

  const startWorker = async (failpoint?: string): Promise<Child> => {
    child = await spawnChild({
      ...planWorker(ROOT, logFile),
      args: [join(ROOT, 'tests', 'support', 'crash-worker.ts')],
      env: {
        ...process.env,
        ...env,
        [STACK_MARK]: inject('stack').dataDir,
        ...(failpoint ? { PACTA_FAILPOINT: failpoint } : {}),
      },
    });
    return child;
  };
  /** Waits until it kills itself; one that does so before it is ready has died as well. */
  const death = async (one: Child, failpoint: string): Promise<void> => {
    const exit = await Promise.race([one.exited, sleep(DIES_WITHIN_MS, undefined, { ref: false })]);
    if (exit === undefined) throw new Error(`The worker does not come to '${failpoint}'`);
    if (exit.signal !== 'SIGKILL')
      throw new Error(`The worker ended with ${exit.code}, not at '${failpoint}': ${one.log()}`);
  };
  await untilReady(await startWorker());

  return {
    api: apiAt(api.address, config.operatorKey),
    db,
    env,
    async diesTwiceAt(failpoints, act) {
      let deaths = 0;
      const [first = ''] = failpoints;
      await stopChild(child!, 5_000);
      await startWorker(first);
      const acting = act();
      // The failure of a death is the one to report; what it does to the act follows from it.
      acting.catch(() => {});
      for (const [index, failpoint] of failpoints.entries()) {
        await death(child!, failpoint);
        await startWorker(failpoint);
        await death(child!, failpoint);
        deaths += 2;
        await startWorker(failpoints[index + 1]);
      }
      await acting;
      return deaths;
    },
    async mailsTo(address) {
      const response = await fetch(`${stackUrls().mail}/mails.json`);
      const mails = (await response.json()) as { to: readonly string[]; messageId: string }[];
      const counts = new Map<string, number>();
      for (const { messageId } of mails.filter((mail) => mail.to.includes(address))) {
        counts.set(messageId, (counts.get(messageId) ?? 0) + 1);
      }
      return counts;
    },
    async close() {
      if (child) await stopChild(child, 5_000);
      await db.destroy();
      await api.close();
    },
  };
}
