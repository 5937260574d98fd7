import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Worker } from '@temporalio/worker';
import { names } from '../../engine/protocol.ts';
import { lampBundle, lampServer } from './toy/server.ts';

let server: Awaited<ReturnType<typeof lampServer>>;
beforeAll(async () => {
  server = await lampServer();
});
afterAll(async () => {
  await server.close();
});

describe('events by update and by signal in one workflow task', () => {
  it('are taken in the same order live and in replay: answers and snapshots are equal', async () => {
    const id = `mixed-${process.pid}-${Date.now()}`;
    const one = await server.lamps.start(id, { burns: 'PT600S' });
    const handle = server.client.workflow.getHandle(id);
    // With no worker the events wait together and arrive in one task.
    await one.snapshot();
    await server.stop();
    const updates: Promise<unknown>[] = [];
    for (let round = 0; round < 4; round += 1) {
      await handle.signal(names.signal, [{ id: `s${round}`, event: { type: round % 2 ? 'press' : 'wave' } }]);
      // Past the client, which would hold the later ones back until the first is answered.
      updates.push(handle.executeUpdate('press', { updateId: `u${round}`, args: [{}] }));
    }
    await handle.signal(names.signal, [{ id: 'refused', event: { type: 'never.heard.of' } }]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    let second = await server.restart();
    const live = await Promise.all(updates);
    while (!(await one.snapshot()).settled) await new Promise((resolve) => setTimeout(resolve, 20));
    const before = await one.snapshot();
    const audit = server.store.history(id);
    expect(audit.at(-1)!.causes[0]).toMatchObject({ kind: 'refused', type: 'never.heard.of', code: 'EventRefused' });

    const history = await handle.fetchHistory();
    const signalled = (history.events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes);
    expect(signalled).toHaveLength(5);
    await Worker.runReplayHistory({ workflowBundle: await lampBundle }, history);

    // A new worker has nothing cached: what it says comes from replay.
    await second.stop();
    second = await server.restart();
    expect(await one.snapshot()).toEqual(before);
    expect(await Promise.all([0, 1, 2, 3].map((n) => one.send({ type: 'press' }, { id: `u${n}` })))).toEqual(live);
    expect(server.store.history(id)).toEqual(audit);
    await second.stop();
  });
});

describe('two local activities of one task', () => {
  it('answer in the same order and at the same contract time live and in replay, also where one is tried again', async () => {
    const own = await lampServer();
    const id = `meters-${process.pid}-${Date.now()}`;
    const one = await own.meters.start(id, undefined);
    await one.send({ type: 'read' }, { id: 'a' });
    while (!(await one.snapshot()).settled) await new Promise((resolve) => setTimeout(resolve, 20));
    const before = await one.snapshot();
    const { read } = before.view.context as { read: string[] };
    expect(read.map((text) => text.split(' ')[0])).toEqual(['attic', 'cellar']);
    await own.stop();
    const history = await own.client.workflow.getHandle(id).fetchHistory();
    await Worker.runReplayHistory({ workflowBundle: await lampBundle }, history);
    const later = await own.restart();
    expect(await one.snapshot()).toEqual(before);
    await later.stop();
    await own.close();
  });
});

describe('a machine that throws dice', () => {
  it('has the same luck in replay, whatever was tried, asked or refused meanwhile', async () => {
    const own = await lampServer();
    const one = await own.meters.start(`dice-${process.pid}-${Date.now()}`, undefined);
    await one.send({ type: 'lost' }, { id: 'a' }).catch(() => {});
    expect(await one.can({ type: 'thrown' })).toEqual({ accepted: true });
    await one.admin.goto('idle', { by: 'me', reason: 'only planned' });
    await one.sendAll([
      { event: { type: 'thrown' }, id: 'b' },
      { event: { type: 'thrown' }, id: 'c' },
    ]);
    while (!(await one.snapshot()).settled) await new Promise((resolve) => setTimeout(resolve, 20));
    const before = await one.snapshot();
    await own.stop();
    const later = await own.restart();
    expect(await one.snapshot()).toEqual(before);
    await later.stop();
    await own.close();
  });
});
