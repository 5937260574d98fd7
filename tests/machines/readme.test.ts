import { readFileSync } from 'node:fs';
import { setup } from 'xstate';
import { describe, expect, it } from 'vitest';
import { MACHINES_README, machineGraphs, machinesDocument } from '../../dev/machines-document.ts';
import { graphOf } from '../../engine/graph.ts';

describe('machines/README.md', () => {
  it('is what the machines say today', async () => {
    expect(readFileSync(MACHINES_README, 'utf8'), 'npm run machines -- --write').toBe(await machinesDocument());
  });

  it('says of every state what it is, which clauses stand behind it and what leads on', () => {
    const text = readFileSync(MACHINES_README, 'utf8');
    for (const node of machineGraphs().flatMap(({ nodes }) => nodes)) {
      if (node.parent === null) continue;
      const row = text
        .split('\n')
        .find((line) => line.includes(`| \`${node.path}\``) && line.includes(node.description));
      expect(row, node.id).toContain(node.references.join(' '));
    }
    expect(text).toContain('after expiry [isRenewalPaid] → `inForce.standing.awaitingRenewalVerification`');
  });

  it('changes with a machine', async () => {
    const door = (wind: string) =>
      graphOf(
        setup({}).createMachine({
          id: 'door',
          initial: 'open',
          states: { open: { after: { [wind]: 'shut' } }, shut: {} },
        }),
      );
    expect(await machinesDocument([door('5')])).toContain('after 5 ms → `shut`');
    expect(await machinesDocument([door('6')])).not.toBe(await machinesDocument([door('5')]));
  });
});
