import { durable } from '../../../../engine/durable.ts';
import { parcelMachine } from './machine.ts';

const anything = { schema: { type: 'object' }, description: 'Something happens to the parcel' };

export const parcel = durable(parcelMachine, {
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
  // Many runs for a few thousand events.
  continueAfter: 40,
});
