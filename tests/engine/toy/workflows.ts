import { durable } from '../../../engine/durable.ts';
import type { DurableOptions } from '../../../engine/definition.ts';
import {
  brief as briefMachine,
  lamp as machine,
  meters as metersMachine,
  restless as restlessMachine,
} from './machine.ts';

const anything = { schema: { type: 'object' }, description: 'Something happens to the lamp' };

const options: DurableOptions<typeof machine> = {
  version: '1',
  title: (input) => `Lamp of ${input.owner ?? 'nobody'}`,
  cite: (meta) => (meta as { cites?: string[] } | undefined)?.cites ?? [],
  tenant: (context: { owner: string | null }) => context.owner ?? undefined,
  check: (schema, payload) => {
    const { required = [] } = schema as { required?: string[] };
    return required
      .filter((name) => (payload as Record<string, unknown>)[name] === undefined)
      .map((name) => ({ path: `/${name}`, message: 'is missing' }));
  },
  events: {
    press: { ...anything, description: 'Presses the switch' },
    'pull.left': anything,
    'pull.right': anything,
    'bulb.wanted': { description: 'Asks for a bulb', schema: { type: 'object', required: ['kind'] } },
    'meter.asked': anything,
    smoke: anything,
    dated: anything,
    faulty: anything,
    broken: anything,
    wave: anything,
    'thrown.away': anything,
    'message.refused': anything,
  },
};

export const lamp = durable(machine, options);

/** The same lamp, in a new run after every single event. */
export const restless = durable(restlessMachine, { ...options, continueAfter: 1 });

/** The same lamp, which stays open for a moment once it has ended or stands in an error, and waits a second for a bulb. */
export const brief = durable(briefMachine, {
  ...options,
  staysOpen: { afterDone: '3 seconds', afterError: '1 second' },
  activities: { fetchBulb: { giveUpAfterSeconds: 1 } },
});

/** Two local activities at the same time. */
export const meters = durable(metersMachine, {
  version: '1',
  title: () => 'Meters',
  check: () => [],
  events: { read: { ...anything, description: 'Reads them' }, thrown: anything, lost: anything },
});
