import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { keptByTheApi, readTable, readTransition, tagsOf } from '../../dev/clause-table.ts';
import { withoutTransition } from '../../dev/without-transition.ts';
import { claimMachine } from '../../machines/claim.ts';
import { erasureMachine } from '../../machines/erasure.ts';
import { orderMachine } from '../../machines/order.ts';
import { receiptMachine } from '../../machines/receipt.ts';
import { repairMachine } from '../../machines/repair.ts';
import { runningClockMachine } from '../../machines/running-clock.ts';
import { subscriptionMachine } from '../../machines/subscription.ts';

const markdown = readFileSync(new URL('../../docs/agreement.md', import.meta.url), 'utf8');
const rows = readTable(markdown);

describe('the clause table', () => {
  it('has a row for every promise of the agreement, each once', () => {
    const ids = ['A1 A2 A3 A4 A5 A6 A7 A8 A9', 'E1 E2 E3', 'C1 C2 C3 C4 C5 C6 C7 C8', 'R1 R2 R3 R4', 'U1 U2 U3 U4']
      .concat(['V1 V2 V3 V4 V5 V6 V7 V8', 'P1 P2 P3 P4', 'W1 W2 W3 W4 W5 W6 W7', 'D1'])
      .flatMap((line) => line.split(' '));
    expect(rows.map((row) => row.id)).toEqual(ids);
  });

  it('names transitions and tests for what is kept, and what is missing for what is kept in part', () => {
    for (const row of rows) {
      if (row.status === 'kept')
        expect([row.transitions.length > 0 || keptByTheApi.has(row.id), row.tests.length > 0], row.id).toEqual([
          true,
          true,
        ]);
      if (row.status === 'in part') expect(row.missing.length, row.id).toBeGreaterThan(5);
      if (row.status === 'not yet') expect([row.transitions, row.tests], row.id).toEqual([[], []]);
    }
  });

  it('names transitions that are really there', () => {
    const machines = [
      subscriptionMachine,
      orderMachine,
      receiptMachine,
      erasureMachine,
      claimMachine,
      repairMachine,
      runningClockMachine,
    ];
    for (const transition of rows.flatMap((row) => row.transitions)) {
      const machine = machines.find((one) => one.id === transition.machine);
      expect(machine, transition.text).toBeDefined();
      expect(() => withoutTransition(machine!.config, transition)).not.toThrow();
    }
  });

  it('is refused where a row cannot be read', () => {
    const row = (status: string, cells = '| — | — |') => `| C5 | Overdue | ${status} ${cells}`;
    expect(readTable(row('kept')).map((one) => one.status)).toEqual(['kept']);
    expect(() => readTable(row('nearly'))).toThrow(/C5/);
    expect(() => readTable(row('in part'))).toThrow(/C5/);
    expect(() => readTable(row('kept', '| — |'))).toThrow(/4 columns/);
    expect(() => readTable(row('kept', '| `subscription · active when paid` | — |'))).toThrow(/Not a transition/);
  });

  it('knows the tags at the end of a title and nowhere else', () => {
    expect(tagsOf('is deleted [C5]')).toEqual(['C5']);
    expect(tagsOf('is deleted [C5, R1]')).toEqual(['C5', 'R1']);
    expect(tagsOf('shows [C5] to operators')).toEqual([]);
    expect(tagsOf('is deleted')).toEqual([]);
  });
});

describe('a chart without one of its transitions', () => {
  const config = {
    id: 'door',
    on: { locked: { actions: ['note', { type: 'tell', params: {} }] } },
    states: {
      open: { tags: ['service'], always: 'shut', after: { wind: 'shut' }, entry: 'note' },
      shut: {
        invoke: { src: 'ring', onDone: { target: 'open', actions: 'note' } },
        states: { dark: { onDone: 'light' } },
      },
    },
  };
  const without = (text: string) => withoutTransition(config, readTransition(text));

  it('is a copy that lacks it, and the original is untouched', () => {
    const before = JSON.stringify(config);
    expect(without('door · * on locked').on).toEqual({});
    expect(without('door · open after wind').states.open.after).toEqual({});
    expect(without('door · open always').states.open).not.toHaveProperty('always');
    expect(without('door · open tag service').states.open.tags).toEqual([]);
    expect(without('door · shut onDone').states.shut.invoke).toEqual({ src: 'ring' });
    expect(without('door · shut invoke').states.shut).not.toHaveProperty('invoke');
    expect(without('door · shut.dark onDone').states.shut.states.dark).toEqual({});
    expect(without('door · * action tell').on.locked.actions).toEqual(['note']);
    const noted = without('door · * action note');
    expect(noted.on.locked.actions).toEqual([{ type: 'tell', params: {} }]);
    expect(noted.states.open).not.toHaveProperty('entry');
    expect(noted.states.shut.invoke.onDone).toEqual({ target: 'open' });
    expect(JSON.stringify(config)).toBe(before);
  });

  it('is refused where there is no such transition, so that the table cannot go out of date', () => {
    for (const text of [
      'door · ajar always',
      'door · open on locked',
      'door · open tag paid',
      'door · * action ring',
    ]) {
      expect(() => without(text), text).toThrow(text);
    }
  });
});
