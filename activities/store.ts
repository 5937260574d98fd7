/**
 * The engine's store in Postgres: read model, audit, effects and outbox of a commit in one transaction, exactly once by
 * (instance, sequence).
 */
import type { CommitOutcome, CommitRecord, Store } from '../engine/store.ts';
import { CommitConflict, stepOf } from '../engine/store.ts';
import { lockAccountRow } from '../db/accounts.ts';
import { clockOfInstance } from '../db/clocks.ts';
import type { Db, Trx } from '../db/database.ts';
import { findDigest, findSequence, insertAudit, lockInstance, upsertInstance } from '../db/instances.ts';
import type { KeyStore } from '../db/keys.ts';
import { insertMessage } from '../db/outbox.ts';
import { digestOf } from './canonical-json.ts';
import type { EffectHandlers } from './effects.ts';
import type { Failpoint } from './failpoint.ts';

export interface StoreDeps {
  readonly failpoint?: Failpoint;
  /** The vault's; without it what an effect forgets is deleted, and its key stays. */
  readonly keys?: KeyStore;
}

/**
 * As {@link Store} asks. Calls for one instance may run at the same time, in several workers: they take turns, and the
 * later ones find their records stored.
 */
export function postgresStore(db: Db, handlers: EffectHandlers, deps: StoreDeps = {}): Store {
  return {
    async commit(records) {
      const [first] = records;
      if (!first) throw new Error('A commit needs at least one record');
      await deps.failpoint?.('commit.before');
      const outcome = await db.transaction().execute((trx) => store(trx, first.instance, records, handlers, deps));
      await deps.failpoint?.('commit.after');
      return outcome;
    },
  };
}

async function store(
  trx: Trx,
  instance: string,
  records: readonly CommitRecord[],
  handlers: EffectHandlers,
  deps: StoreDeps,
): Promise<CommitOutcome> {
  // The instance before the account: those who wait here do not hold the account's row meanwhile.
  await lockInstance(trx, instance);
  for (const tenant of new Set(records.map((record) => record.tenant))) {
    if (tenant === undefined) continue;
    const account = await lockAccountRow(trx, tenant);
    if (!account) throw new Error(`Commit of ${instance}: there is no account ${tenant}`);
    if (account.erased_at !== null) return { fenced: true };
  }
  const known = await findSequence(trx, instance);
  let stored = known;
  let last: CommitRecord | undefined;
  for (const record of records) {
    if (record.instance !== instance) throw new Error(`A commit of ${instance} carries a record of ${record.instance}`);
    const digest = digestOf(record);
    if (record.sequence <= known) {
      await expectSame(trx, record, digest);
      continue;
    }
    if (record.sequence !== stored + 1) {
      throw new CommitConflict(instance, record.sequence, `the last one stored is ${stored}`);
    }
    await apply(trx, record, digest, handlers, deps);
    stored = record.sequence;
    last = record;
  }
  if (last) await show(trx, last, known === 0);
  return { stored };
}

async function expectSame(trx: Trx, record: CommitRecord, digest: string): Promise<void> {
  const known = await findDigest(trx, record.instance, record.sequence);
  if (known === digest) return;
  throw new CommitConflict(
    record.instance,
    record.sequence,
    known === undefined ? 'its audit entry is gone' : 'another record has this number',
  );
}

/** The read model shows the instance as the last record of a call left it. */
async function show(trx: Trx, record: CommitRecord, isNew: boolean): Promise<void> {
  const { view } = record;
  await upsertInstance(trx, {
    id: record.instance,
    machine: record.machine,
    version: record.version,
    tenant: record.tenant ?? null,
    // Found once: later commits leave it as it is.
    clock: isNew ? await clockOfInstance(trx, record.instance) : null,
    status: view.status,
    value: JSON.stringify(view.value),
    tags: JSON.stringify(view.tags),
    context: JSON.stringify(view.context),
    output: JSON.stringify(view.output ?? null),
    deadlines: JSON.stringify(view.deadlines),
    next_due_at: view.deadlines[0]?.at ?? null,
    words: view.words,
    references: JSON.stringify(view.references),
    children: JSON.stringify(view.children),
    sequence: record.sequence,
    updated_at: record.at,
  });
}

async function apply(
  trx: Trx,
  record: CommitRecord,
  digest: string,
  handlers: EffectHandlers,
  { keys }: StoreDeps,
): Promise<void> {
  const recordedAt = new Date().toISOString();
  const step = stepOf(record, recordedAt);
  await insertAudit(trx, {
    instance: record.instance,
    sequence: record.sequence,
    tenant: record.tenant ?? null,
    machine: record.machine,
    version: record.version,
    digest,
    at: record.at,
    recorded_at: recordedAt,
    causes: JSON.stringify(step.causes),
    from: JSON.stringify(step.from),
    to: JSON.stringify(step.to),
    passed: JSON.stringify(step.passed),
    status: step.status,
    tags: JSON.stringify(step.tags),
    words: step.words,
    references: JSON.stringify(step.references),
    effects: JSON.stringify(step.actions),
    emitted: JSON.stringify(step.emitted),
    messages: JSON.stringify(step.messages),
  });
  for (const effect of record.effects) {
    const handler = handlers[effect.name];
    if (!handler) throw new Error(`Commit of ${record.instance}: nothing carries out '${effect.name}'`);
    await handler({ trx, record, keys }, (effect.params ?? {}) as never);
  }
  for (const [index, message] of record.messages.entries()) {
    await insertMessage(trx, {
      id: `${record.instance}.${record.sequence}.${index}`,
      sender: record.instance,
      senderMachine: record.machine,
      to: message.to,
      start: message.start,
      event: message.event,
      now: recordedAt,
    });
  }
}
