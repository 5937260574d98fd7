import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { temporalExecutions } from '../../activities/executions.ts';
import { lampServer } from '../engine/toy/server.ts';

let server: Awaited<ReturnType<typeof lampServer>>;
beforeAll(async () => {
  server = await lampServer();
});
afterAll(async () => {
  await server.stop();
  await server.close();
});

it('finds every run that an instance continued from, ends the last, and deletes them all [C5]', async () => {
  const executions = temporalExecutions(server.client);
  const id = `erased-${process.pid}-${Date.now()}`;
  const lamp = await server.restless.start(id, {});
  for (const event of ['a', 'b', 'c']) {
    await lamp.send({ type: 'press' }, { id: event });
    await vi.waitFor(async () => expect(await executions.restsAt(id)).not.toBe('busy'), { timeout: 10_000 });
  }
  await vi.waitFor(async () => expect((await executions.runs(id)).length).toBeGreaterThanOrEqual(3), {
    timeout: 10_000,
  });
  expect(await executions.restsAt(id)).toBeGreaterThanOrEqual(3);
  expect(await executions.isOpen(id)).toBe(true);
  await executions.terminate(id, 'test');
  await vi.waitFor(async () => expect(await executions.isOpen(id)).toBe(false));
  await executions.terminate(id, 'again');
  expect(await executions.restsAt(id)).toBeUndefined();
  const runs = await executions.runs(id);
  for (const run of runs) expect(await executions.isGone(run)).toBe(false);
  await vi.waitFor(
    async () => {
      for (const run of runs) await executions.delete(run);
      for (const run of runs) expect(await executions.isGone(run)).toBe(true);
    },
    { timeout: 50_000, interval: 250 },
  );
  expect(await executions.runs(id)).toEqual([]);
}, 90_000);

it('takes what never was for closed and gone', async () => {
  const executions = temporalExecutions(server.client);
  expect(await executions.isOpen('never-was')).toBe(false);
  expect(await executions.restsAt('never-was')).toBeUndefined();
  expect(await executions.runs('never-was')).toEqual([]);
  await executions.terminate('never-was', 'test');
  await executions.delete({ workflowId: 'never-was', runId: '0199aa00-0000-7000-8000-000000000000' });
});
