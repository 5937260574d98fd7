import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultPayloadConverter } from '@temporalio/common';
import { lampServer } from './toy/server.ts';

let server: Awaited<ReturnType<typeof lampServer>>;
beforeAll(async () => {
  server = await lampServer();
});
afterAll(async () => {
  await server.stop();
  await server.close();
});

const newId = () => `seen-${process.pid}-${Date.now()}`;

interface Metadata {
  definition: {
    type: string;
    updateDefinitions: { name: string; description: string }[];
    queryDefinitions: { name: string; description: string }[];
  };
  currentDetails: string;
}

describe('what the Temporal UI reads of an instance', () => {
  it('says title, state in words, what it waits for until when and why, and the events with descriptions', async () => {
    const one = await server.lamps.start(newId(), { owner: 'ada', burns: 'PT600S' });
    await one.send({ type: 'press' }, { id: 'on' });
    const handle = server.client.workflow.getHandle(one.id);
    const description = await handle.describe();
    expect(await description.staticSummary()).toBe('Lamp of ada');
    const metadata = await handle.query<Metadata>('__temporal_workflow_metadata');
    const [deadline] = (await one.snapshot()).view.deadlines;
    expect(metadata.currentDetails).toContain('The lamp burns');
    expect(metadata.currentDetails).toContain('[L2]');
    expect(metadata.currentDetails).toContain(`until **${deadline!.at}**: off in lit [L2]`);
    expect(metadata.definition.updateDefinitions).toContainEqual(
      expect.objectContaining({ name: 'press', description: 'Presses the switch' }),
    );
    for (const { description: words } of metadata.definition.updateDefinitions) expect(words).not.toBe('');
  });

  it('names timers, activities and commits in the history', async () => {
    const one = await server.lamps.start(newId(), { burns: 'PT600S' });
    await one.send({ type: 'bulb.wanted', kind: 'led' }, { id: 'bulb' });
    while (!(await one.snapshot()).settled) await new Promise((resolve) => setTimeout(resolve, 20));
    await one.send({ type: 'press' }, { id: 'on' });
    while (!(await one.snapshot()).settled) await new Promise((resolve) => setTimeout(resolve, 20));
    const { events } = await server.client.workflow.getHandle(one.id).fetchHistory();
    const summaries = (events ?? []).flatMap((event) => {
      const summary = event.userMetadata?.summary;
      return summary ? [defaultPayloadConverter.fromPayload<string>(summary)] : [];
    });
    expect(summaries).toContainEqual(expect.stringMatching(/^off in lit at \d{4}-\d\d-\d\dT.*Z \[L2\]$/));
    expect(summaries).toContainEqual(expect.stringMatching(/^fetchBulb for /));
    expect(summaries).toContainEqual(expect.stringMatching(/^commit \d+: The lamp burns$/));
  });

  it('finds instances by machine, state, tags and next deadline', async () => {
    const one = await server.lamps.start(newId(), { burns: 'PT600S' });
    await one.send({ type: 'press' }, { id: 'on' });
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    const query = `Machine = 'lamp' AND MachineState = 'lit' AND MachineTags = 'lit' AND MachineVersion = '1' AND MachineDue < '${soon}'`;
    for (let tries = 0; ; tries += 1) {
      const found: string[] = [];
      for await (const execution of server.client.workflow.list({ query })) found.push(execution.workflowId);
      if (found.includes(one.id)) break;
      expect(tries).toBeLessThan(200);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
});
