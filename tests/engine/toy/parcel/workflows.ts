import { durable } from '../../../../engine/durable.ts';
import type { DurableOptions } from '../../../../engine/definition.ts';
import { hastyMachine, parcelMachine } from './machine.ts';

const anything = { schema: { type: 'object' }, description: 'Something happens to the parcel' };

const options: DurableOptions<typeof parcelMachine> = {
  version: '1',
  title: () => 'Parcel',
  cite: (meta) => (meta as { cites?: string[] } | undefined)?.cites ?? [],
  check: (schema, payload) => {
    const { required = [] } = schema as { required?: string[] };
    return required
      .filter((name) => (payload as Record<string, unknown>)[name] === undefined)
      .map((name) => ({ path: `/${name}`, message: 'is missing' }));
  },
  events: {
    shipped: anything,
    'stopped.at': { ...anything, schema: { type: 'object', required: ['place'] } },
    moved: anything,
    delivered: anything,
    told: { ...anything, schema: { type: 'object', required: ['n'] } },
  },
};

export const parcel = durable(parcelMachine, options);

/** The same parcel, in a new run after a few hundred events. */
export const hasty = durable(hastyMachine, { ...options, continueAfter: 200 });
