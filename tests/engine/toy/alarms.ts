import { cancel, raise, setup } from 'xstate';
import { durable } from '../../../engine/durable.ts';

const hour = 3_600_000;

/** Waits for several things at once. */
const machine = setup({
  types: {
    events: {} as { type: 'one.moved' } | { type: 'three.moved' } | { type: 'put.away' } | { type: 'chime' },
  },
  delays: { one: hour, two: 2 * hour, three: 3 * hour, year: 365 * 24 * hour },
}).createMachine({
  id: 'alarms',
  initial: 'set',
  states: {
    set: {
      after: { one: { actions: [] }, two: { actions: [] }, three: 'rung' },
      on: {
        'one.moved': {
          actions: [cancel('xstate.after.one.alarms.set'), raise({ type: 'chime' }, { id: 'chime', delay: hour / 2 })],
        },
        'three.moved': { actions: [cancel('xstate.after.three.alarms.set')] },
        'put.away': 'away',
        chime: {},
      },
    },
    rung: {},
    away: { after: { year: 'rung' } },
  },
});

const spec = { description: 'Something happens to the alarms', schema: { type: 'object' } };

export const alarms = durable(machine, {
  version: '1',
  title: () => 'Alarms',
  check: () => [],
  events: { 'one.moved': spec, 'three.moved': spec, 'put.away': spec },
});
