import { readdirSync, readFileSync } from 'node:fs';
import { getStateNodes } from 'xstate/graph';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { claimEvents, claimMachine } from '../../machines/claim.ts';
import { erasureEvents, erasureMachine } from '../../machines/erasure.ts';
import { orderMachine } from '../../machines/order.ts';
import { receiptEvents, receiptMachine } from '../../machines/receipt.ts';
import { repairEvents, repairMachine } from '../../machines/repair.ts';
import { runningClockMachine } from '../../machines/running-clock.ts';
import { subscriptionEvents, subscriptionMachine } from '../../machines/subscription.ts';

const charts = [
  { machine: subscriptionMachine, events: Object.keys(subscriptionEvents) },
  { machine: receiptMachine, events: Object.keys(receiptEvents) },
  { machine: erasureMachine, events: Object.keys(erasureEvents) },
  { machine: claimMachine, events: Object.keys(claimEvents) },
  { machine: repairMachine, events: Object.keys(repairEvents) },
  { machine: runningClockMachine, events: ['clock.paused', 'clock.resumed', 'clock.stopped', 'clock.forgotten'] },
  { machine: orderMachine, events: ['payment.offered', 'order.fulfilled', 'order.cancelled'] },
] as const;

describe.each(charts.map((chart) => [chart.machine.id, chart] as const))(
  'the chart of the %s',
  (_, { machine, events }) => {
    const nodes = getStateNodes(machine);

    it('says in words what every state is, and which clauses stand behind it', () => {
      for (const node of nodes) {
        const isRegion = node.parent?.type === 'parallel';
        if (isRegion) continue;
        expect(node.description, node.id).toMatch(/\[[A-Z]\d.*\]$/);
        expect((node.meta as { clauses: string[] }).clauses.length, node.id).toBeGreaterThan(0);
        for (const clause of (node.meta as { clauses: string[] }).clauses) expect(clause).toMatch(/^[A-Z]\d$/);
      }
    });

    it('names its delays: there is no number in it', () => {
      for (const node of nodes) {
        for (const { delay } of node.after) expect(String(delay), node.id).toMatch(/^[a-zA-Z]+$/);
      }
    });

    it('takes every event that is public', () => {
      for (const event of events) expect(machine.events as readonly string[]).toContain(event);
    });
  },
);

describe('the public events', () => {
  const all = { ...subscriptionEvents, ...receiptEvents, ...repairEvents };

  it('have a description and a strict schema that takes who sent it', () => {
    for (const [type, { schema, description }] of Object.entries(all)) {
      expect(description.length, type).toBeGreaterThan(20);
      expect((schema as { additionalProperties?: boolean }).additionalProperties, type).toBe(false);
      expect(Object.keys(schema.properties), type).toContain('by');
    }
  });

  it('refuse what is malformed', () => {
    const { schema } = subscriptionEvents['renewal.requested'];
    expect([1, 10].map((years) => Value.Check(schema, { years }))).toEqual([true, true]);
    expect([0, 11, 1.5, '1'].map((years) => Value.Check(schema, { years }))).toEqual([false, false, false, false]);
    expect(Value.Check(schema, { years: 1, by: 'operator' })).toBe(true);
    expect(Value.Check(schema, { years: 1, note: 'please' })).toBe(false);
    const receipt = { receiptId: 'r', orderId: 'o', amount: 1, currency: 'CNY' };
    expect(Value.Check(subscriptionEvents['receipt.received'].schema, receipt)).toBe(true);
    for (const amount of [0, -1, 0.5, 2 ** 53]) {
      expect(Value.Check(subscriptionEvents['receipt.received'].schema, { ...receipt, amount })).toBe(false);
    }
  });
});

describe('the folder of the machines', () => {
  const folder = new URL('../../machines/', import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => [name, readFileSync(new URL(name, folder), 'utf8')] as const);
  const isOurs = (from: string, name: string) => {
    const { href } = new URL(from, new URL(name, folder));
    return href.startsWith(folder.href) || href === new URL('../engine/machine.ts', folder).href;
  };

  it('imports nothing but xstate, temporal-polyfill, typebox and engine/machine.ts', () => {
    for (const [name, text] of files) {
      for (const [, from = ''] of text.matchAll(/from '([^']+)'/g)) {
        if (from.startsWith('.')) expect(isOurs(from, name), `${name} imports ${from}`).toBe(true);
        else expect(from, name).toMatch(/^(xstate|temporal-polyfill|typebox(\/value)?)$/);
      }
    }
  });

  it('reads no clock of the machine it runs on', () => {
    for (const [name, text] of files) expect(text, name).not.toMatch(/Date\.now|new Date\(\)|Temporal\.Now/);
  });
});
