import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleMachines } from '../../engine/bundle.ts';
import type { Definition } from '../../engine/definition.ts';
import type { Json } from '../../engine/machine.ts';
import { planMigration } from '../../engine/migration.ts';
import type { SubscriptionContext } from '../../machines/subscription.ts';
import * as product from '../../workflows/index.ts';
import { door } from '../engine/toy/doors/v1.ts';
import { doingsIn, readKept, readRecordings } from './recording.ts';
import type { Doings, Recording } from './recording.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const definitions = [...Object.values(product), door] as unknown as readonly Definition[];
const definitionOf = (machine: string) => definitions.find(({ machineName }) => machineName === machine)!;

/** Recordings of the versions that this code has; older ones are served by builds of their own. */
const recordings = readRecordings().filter(({ machine, version }) => definitionOf(machine).options.version === version);

const bundled = (workflows: string) =>
  bundleMachines(pathOf(workflows), { interceptors: [pathOf('./interceptors.ts')] });
let ours: WorkflowBundleWithSourceMap;
let toy: WorkflowBundleWithSourceMap;
let broken: WorkflowBundleWithSourceMap;
beforeAll(async () => {
  ours = await bundled('../../workflows/index.ts');
  toy = await bundled('../engine/toy/doors/v1.ts');
  broken = await bundled('./broken-workflows.ts');
}, 240_000);

/** @throws DeterminismViolationError when other commands come. */
async function replay(
  workflowBundle: WorkflowBundleWithSourceMap,
  { history, workflowId }: Recording,
): Promise<Doings> {
  const doings: Doings = { activities: [], answers: {}, carried: [] };
  const replaying = {
    activity: { fn: (_info: unknown, done: string) => void doings.activities.push(done), callDuringReplay: true },
    answered: {
      fn: (_info: unknown, id: string, answer: string) => void (doings.answers[id] = answer),
      callDuringReplay: true,
    },
    carried: { fn: (_info: unknown, start: string) => void doings.carried.push(start), callDuringReplay: true },
  };
  await Worker.runReplayHistory({ workflowBundle, sinks: { replay: replaying } }, history, workflowId);
  return doings;
}

describe('a recorded history', () => {
  it.each(recordings.map((one) => [one.name, one] as const))(
    '%s comes out the same: commands, states, effects, answers',
    async (_name, recording) => {
      const doings = await replay(recording.machine === 'door' ? toy : ours, recording);
      expect(doings).toEqual(doingsIn(recording.history));
      expect(doings.activities.length).toBeGreaterThan(0);
    },
  );

  it('is there for every machine', () => {
    expect(new Set(recordings.map(({ machine }) => machine))).toEqual(
      new Set(definitions.map(({ machineName }) => machineName)),
    );
  });
});

describe('a planted break under the old version', () => {
  const named = (start: string) => recordings.find(({ name }) => name.startsWith(start))!;

  it('is caught when a state has another name, which Temporal’s own replay does not notice', async () => {
    const recording = named('door');
    const doings = await replay(broken, recording);
    expect(doings).not.toEqual(doingsIn(recording.history));
  });

  it('is caught when a deadline is a second late', async () => {
    const recording = named('subscription');
    const outcome = await replay(broken, recording).then(
      (doings) => doings,
      (error: Error) => error.name,
    );
    expect(outcome).not.toEqual(doingsIn(recording.history));
  });
});

describe('what instances of every released version kept', () => {
  it.each(readKept().map((one) => [`${one.machine} ${one.version}`, one] as const))(
    '%s fits into the present version',
    (_name, { machine, kept }) => {
      expect(planMigration(definitionOf(machine), kept).filter(({ moves }) => !moves)).toEqual([]);
    },
  );
});

describe('a subscription of version 2', () => {
  const kept = readKept().find(({ machine, version }) => machine === 'subscription' && version === '2')!;
  const migrated = (value: Json, changes: object) => {
    const { snapshot, timers } = Object.values(kept.kept)[0]!;
    const context = { ...snapshot.context, ...changes };
    const moved = product.subscription.options.migrate!({
      version: '2',
      snapshot: { ...snapshot, value, context },
      timers,
    });
    return moved.snapshot.context as unknown as SubscriptionContext;
  };

  it('learns what a year of its upgrade costs from what was paid for it [E2, A5]', () => {
    const term = { n: 1, years: 2, startsAt: '2031-01-01T00:00:00.000Z', endsAt: '2033-01-01T00:00:00.000Z' };
    const upgrade = { orderId: 'a.o2', startsAt: '2032-01-01T12:00:00.000Z', endsAt: term.endsAt };
    const receipts = [
      {
        allocations: [
          { orderId: 'a.o1', amount: 9 },
          { orderId: 'a.o2', amount: 300 },
        ],
      },
      { allocations: [{ orderId: 'a.o2', amount: 65 }] },
    ];
    const { paidUpgrades, isMoneyReturned } = migrated('awaitingPayment', {
      paidTerms: [term],
      paidUpgrades: [upgrade],
      receipts,
    });
    expect(paidUpgrades).toEqual([{ ...upgrade, perYear: 365, total: 365 }]);
    expect(isMoneyReturned).toBe(false);
  });

  it('has no change of the edition under way once it winds down [E2]', () => {
    const editionChange = { n: 1, kind: 'upgrade' };
    expect(migrated('windingDown', { editionChange }).editionChange).toBeNull();
    expect(migrated('awaitingPayment', { editionChange }).editionChange).toEqual(editionChange);
  });
});
