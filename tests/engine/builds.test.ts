import { existsSync, readdirSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../bench/api.ts';
import { doorHouse, openOn } from './toy/doors/house.ts';

let house: Awaited<ReturnType<typeof doorHouse>>;
beforeEach(async () => {
  house = await doorHouse();
});
afterEach(async () => {
  await house.close();
});

let n = 0;
const newId = (machine: string) => `${machine}-${process.pid}-${Date.now()}-${(n += 1)}`;
const hasMoved = async (id: string) => {
  const { version, stored } = await house.doors2.get(id).snapshot();
  return version === '2' && stored;
};
const bundleFiles = () => readdirSync(house.bundlesFolder).toSorted();

describe('a changed machine', () => {
  it('takes over all sleeping instances with their deadlines, and the old build is dropped', async () => {
    const [build1, build2] = [await house.buildId('v1'), await house.buildId('v2')];
    const first = await house.serve('v1');
    const ids = Array.from({ length: 40 }, () => newId('door'));
    const deadlines = new Map<string, string>();
    for (const [index, id] of ids.entries()) {
      const one = await house.doors1.start(id, undefined);
      // Answered by the first build, so it is there that it started.
      await one.snapshot();
      if (index % 4 === 3) continue;
      await one.send({ type: 'opened', seconds: 86_400 + index }, { id: 'a' });
      deadlines.set(id, (await one.timers())[0]!.at);
    }
    await first.served.stop();
    expect(bundleFiles()).toEqual([`${build1}.js`]);

    const second = await house.serve('v2');
    await eventually(
      'the old build is dropped',
      async () => second.news.some(({ what }) => what === 'dropped'),
      45_000,
    );
    expect(await openOn(house, build1)).toBe(0);
    expect(await openOn(house, build2)).toBe(ids.length);
    expect(second.served.serving()).toEqual([build2]);
    expect(bundleFiles()).toEqual([`${build2}.js`]);
    expect(second.news.filter(({ what }) => what === 'stays' || what === 'missing' || what === 'failed')).toEqual([]);

    for (const [index, id] of ids.entries()) {
      const one = house.doors2.get(id);
      const { view, version } = await one.snapshot();
      const isOpen = index % 4 !== 3;
      expect(version).toBe('2');
      expect(view.value).toBe(isOpen ? 'ajar' : 'closed');
      expect(view.context).toMatchObject({ times: isOpen ? 1 : 0 });
      expect(view.deadlines.map(({ at }) => at)).toEqual(isOpen ? [deadlines.get(id)] : []);
      expect(house.store.history(id).at(-1)!.causes).toEqual([{ kind: 'migrated', from: '1', to: '2' }]);
    }
    const taken = await house.doors2.get(ids[3]!).send({ type: 'jammed' }, { id: 'b' });
    expect(taken.state).toBe('jammed');
    // What was answered before the move is answered the same after it.
    const again = await house.doors1.get(ids[0]!).send({ type: 'opened', seconds: 86_400 }, { id: 'a' });
    expect(again.state).toBe('open');
  }, 180_000);

  it('lets a deadline fire on time that fell due while no worker ran', async () => {
    const first = await house.serve('v1');
    const one = await house.doors1.start(newId('door'), undefined);
    await one.send({ type: 'opened', seconds: 1 }, { id: 'a' });
    const [deadline] = await one.timers();
    await first.served.stop();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await house.serve('v2');
    await eventually('moved', () => hasMoved(one.id), 50_000);
    expect((await one.snapshot()).view.value).toBe('closed');
    const fired = house.store.history(one.id).flatMap(({ causes }) => causes.filter(({ kind }) => kind === 'timer'));
    expect(fired).toMatchObject([{ dueAt: deadline!.at }]);
  });

  it('leaves an instance that does not fit on its old build, where it answers, until it fits', async () => {
    const [build1, build2] = [await house.buildId('v1'), await house.buildId('v2')];
    const first = await house.serve('v1');
    const locked = await house.doors1.start(newId('door'), undefined);
    await locked.send({ type: 'locked' }, { id: 'a' });
    const shut = await house.doors1.start(newId('door'), undefined);
    await shut.snapshot();
    await first.served.stop();

    const second = await house.serve('v2');
    await eventually('the other has moved', async () => (await openOn(house, build2)) === 1, 50_000);
    await eventually('it is told', async () => second.news.some(({ what }) => what === 'stays'), 50_000);
    expect(second.news.find(({ what }) => what === 'stays')).toMatchObject({
      instance: locked.id,
      reasons: ["it is in the state 'door.locked', which is not there"],
    });
    expect((await locked.snapshot()).version).toBe('1');
    expect((await locked.next()).find(({ type }) => type === 'unlocked')).toMatchObject({ accepted: true });
    const metadata = await house.client.workflow
      .getHandle(locked.id)
      .query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toContain("the state 'door.locked', which is not there");
    expect(second.served.serving().toSorted()).toEqual([build1, build2].toSorted());
    // Somebody clears the folder: what is served comes back to it, for whoever starts next.
    rmSync(house.bundlesFolder, { recursive: true });
    const both = [`${build1}.js`, `${build2}.js`].toSorted();
    const isBack = () => existsSync(house.bundlesFolder) && bundleFiles().join() === both.join();
    await eventually('both bundles are back', () => Promise.resolve(isBack()), 50_000);

    await locked.send({ type: 'unlocked' }, { id: 'b' });
    await eventually('it moves', () => hasMoved(locked.id), 50_000);
    expect(house.store.history(locked.id).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
  });

  it('has new instances start on the newest build', async () => {
    const first = await house.serve('v1');
    await house.serve('v2');
    const one = await house.doors2.start(newId('door'), undefined);
    expect((await one.snapshot()).version).toBe('2');
    await first.served.stop();
  });
});
