import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../../bench/api.ts';
import { doorHouse, openOn } from './toy/doors/house.ts';

let house: Awaited<ReturnType<typeof doorHouse>>;
beforeEach(async () => {
  house = await doorHouse();
});
afterEach(async () => {
  await house.close();
});

const METERS = 6;

/** Sends to every meter without pause until it is told to end; an event that is not answered is sent again under its id. */
function loadOn(ids: readonly string[]) {
  const sent = new Map<string, number>();
  let ends = false;
  const one = async (id: string) => {
    for (let tick = 1; !ends; tick += 1) {
      for (let answered = false; !answered;) {
        answered = await house.meters
          .get(id)
          .send({ type: 'tick' }, { id: `tick-${tick}` })
          .then(
            () => true,
            (error: Error) => {
              if (error.name !== 'TimedOut') throw error;
              return false;
            },
          );
      }
      sent.set(id, tick);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const running = Promise.all(ids.map(one));
  // The failure is reported where it is waited for.
  running.catch(() => {});
  return {
    sent,
    end: async () => {
      ends = true;
      await running;
    },
  };
}

/** `WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND` of Temporal's API. */
const unhandledCommand = 1;

async function failedTasks(id: string): Promise<{ failed: number; runs: number }> {
  let failed = 0;
  let runs = 0;
  for await (const { runId } of house.client.workflow.list({ query: `WorkflowId = '${id}'` })) {
    const { events } = await house.client.workflow.getHandle(id, runId).fetchHistory();
    // One that could not end the run because an event came in at that moment is not a failure: the server has it tried again.
    const failures = (events ?? []).flatMap((event) => event.workflowTaskFailedEventAttributes ?? []);
    failed += failures.filter(({ cause }) => cause !== unhandledCommand).length;
    runs += 1;
  }
  return { failed, runs };
}

it('goes to the next build and back under load: no task fails, no event is lost or doubled', async () => {
  const [build1, build2] = [await house.buildId('v1'), await house.buildId('v2')];
  const ids = Array.from({ length: METERS }, (_, n) => `meter-${process.pid}-${Date.now()}-${n}`);
  const first = await house.serve('v1');
  for (const id of ids) await house.meters.start(id, undefined);
  const load = loadOn(ids);
  await eventually('all tick', async () => ids.every((id) => (load.sent.get(id) ?? 0) > 3), 60_000);

  // The new process comes while the old one still serves; then the old one goes.
  const second = await house.serve('v2');
  await eventually('all are on the next build', async () => (await openOn(house, build2)) === METERS, 120_000);
  await first.served.stop();
  const atNext = new Map(load.sent);
  await eventually('all tick there', async () => ids.every((id) => load.sent.get(id)! > atNext.get(id)! + 3), 60_000);

  const back = await house.serve('v1');
  await eventually('all are back', async () => (await openOn(house, build1)) === METERS, 120_000);
  await second.served.stop();
  const atBack = new Map(load.sent);
  await eventually('all tick again', async () => ids.every((id) => load.sent.get(id)! > atBack.get(id)! + 3), 60_000);
  await load.end();

  for (const one of [first, second, back]) {
    expect(one.news.filter(({ what }) => what === 'stays' || what === 'missing' || what === 'failed')).toEqual([]);
  }
  for (const id of ids) {
    await eventually('stored', async () => (await house.meters.get(id).snapshot()).stored, 60_000);
    const steps = house.store.history(id);
    const ticks = steps.flatMap(({ causes }) => causes.flatMap((cause) => (cause.kind === 'event' ? [cause.id] : [])));
    expect(ticks).toEqual(Array.from({ length: load.sent.get(id)! }, (_, n) => `tick-${n + 1}`));
    expect(steps.flatMap(({ causes }) => causes.filter(({ kind }) => kind === 'migrated'))).toEqual([
      { kind: 'migrated', from: '1', to: '2' },
      { kind: 'migrated', from: '2', to: '1' },
    ]);
    expect((await house.meters.get(id).snapshot()).view.context).toEqual({ ticks: ticks.length });
    const { failed, runs } = await failedTasks(id);
    expect(failed).toBe(0);
    expect(runs).toBeGreaterThanOrEqual(3);
  }
}, 400_000);
