import type { Client } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import type { MachineClient } from '../../engine/client.ts';
import { operateMany } from '../../engine/operating.ts';
import type { Planned } from '../../engine/operating.ts';

/** Visibility knows these instances; nothing else is asked of Temporal. */
function listing(ids: readonly string[]): Client {
  async function* list() {
    for (const workflowId of ids) yield await Promise.resolve({ workflowId });
  }
  return { workflow: { list } } as unknown as Client;
}

describe('operating many', () => {
  it('stops everywhere before it says that it failed', async () => {
    const begun: string[] = [];
    const ended: string[] = [];
    const act = async (_: unknown, id: string): Promise<Planned> => {
      begun.push(id);
      if (id === '1') throw new Error('the network is away');
      await new Promise((resolve) => setTimeout(resolve, 30));
      ended.push(id);
      return { plan: {} as never, apply: () => Promise.resolve({} as never) };
    };
    const machine = { definition: { machineName: 'lamp' }, get: () => ({}) } as unknown as MachineClient<never>;
    const bulk = { name: 'bulk', query: '', act, concurrency: 2 };
    const failed = operateMany(listing(['0', '1', '2', '3', '4', '5']), machine as never, bulk);
    await expect(failed).rejects.toThrow('the network is away');
    expect(ended).toEqual(['0']);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(begun).toEqual(['0', '1']);
  });
});
