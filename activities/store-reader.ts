/** Reads back what the engine's store wrote: history, answers, and steps as they come, pushed by Postgres. */
import type { Db } from '../db/database.ts';
import { findLastStep, findSequence, findStepOfEvent, listSequences, listSteps } from '../db/instances.ts';
import type { Step } from '../db/instances.ts';
import { listenToSteps } from '../db/listen.ts';
import type { Listener } from '../db/listen.ts';
import type { Cause, StoredStep, StoreReader } from '../engine/store.ts';
import { Watching } from '../engine/watched.ts';

export interface PostgresReader extends StoreReader {
  /** Waits until the instance's first steps are stored; false when that took longer than allowed. */
  stored(instance: string, sequence: number, withinMs: number): Promise<boolean>;
  /** Ends its connection; what is being watched hears of nothing any more. */
  close(): Promise<void>;
}

/** Steps that one statement reads. */
const PAGE = 500;

/** A notification that got lost is made up for this late. */
const POLL_MS = 2_000;

/**
 * As {@link StoreReader} asks. One connection listens for all that is watched in this process, from the first watch on; a
 * thousand who wait for one instance cost one statement a commit.
 */
export function postgresReader(db: Db, databaseUrl: string): PostgresReader {
  const watching = new Watching<StoredStep>(
    async (instance, after) => (await listSteps(db, instance, after, PAGE)).map(stepOf),
    (step) => step.sequence,
  );
  let listener: Listener | undefined;
  let poll: NodeJS.Timeout | undefined;

  function listen(): void {
    listener ??= listenToSteps(databaseUrl, (instance) => watching.changed(instance));
    poll ??= setInterval(() => void lookAgain(), POLL_MS).unref();
  }

  const polled = new Map<string, number>();
  async function lookAgain(): Promise<void> {
    const { keys } = watching;
    for (const key of polled.keys()) if (!keys.includes(key)) polled.delete(key);
    if (keys.length === 0) return;
    // While the database is away those who read meanwhile learn it themselves.
    for (const { id, sequence } of await listSequences(db, keys).catch(() => [])) {
      if (polled.get(id) !== sequence) watching.changed(id);
      polled.set(id, sequence);
    }
  }

  async function* watch(instance: string, after: number, signal: AbortSignal): AsyncGenerator<StoredStep> {
    listen();
    yield* watching.watch(instance, after, signal);
  }

  return {
    async history(instance, { after = 0, limit = Infinity } = {}) {
      const found: StoredStep[] = [];
      for (let cursor = after; found.length < limit; cursor = found.at(-1)!.sequence) {
        const wanted = Math.min(PAGE, limit - found.length);
        const page = await listSteps(db, instance, cursor, wanted);
        found.push(...page.map(stepOf));
        if (page.length < wanted) break;
      }
      return found;
    },
    last: async (instance) => stepOrNone(await findLastStep(db, instance)),
    answered: async (instance, eventId) => stepOrNone(await findStepOfEvent(db, instance, eventId)),
    watch,
    async stored(instance, sequence, withinMs) {
      if ((await findSequence(db, instance)) >= sequence) return true;
      for await (const _ of watch(instance, sequence - 1, AbortSignal.timeout(withinMs))) return true;
      return false;
    },
    async close() {
      clearInterval(poll);
      await listener?.stop();
    },
  };
}

const stepOrNone = (row: Step | undefined): StoredStep | undefined => row && stepOf(row);

function stepOf(row: Step): StoredStep {
  return {
    instance: row.instance,
    machine: row.machine,
    version: row.version,
    sequence: row.sequence,
    at: row.at,
    recordedAt: row.recorded_at,
    causes: row.causes as unknown as readonly Cause[],
    from: row.from,
    to: row.to,
    passed: row.passed,
    status: row.status,
    tags: row.tags,
    words: row.words,
    references: row.references,
    actions: row.effects,
    emitted: row.emitted,
    messages: row.messages,
    ...(row.status === 'done' && row.output !== null ? { output: row.output } : {}),
  };
}
