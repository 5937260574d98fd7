/**
 * A vitest setup file that takes one transition out of a machine while it is made: `npm run check:clauses` runs the
 * pure tests so and wants them to notice. The machines themselves know nothing of it.
 */
import { vi } from 'vitest';
import type * as XState from 'xstate';
import { readTransition } from '../../dev/clause-table.ts';
import { withoutTransition } from '../../dev/without-transition.ts';

vi.mock('xstate', async (importOriginal) => {
  const text = process.env['PACTA_WITHOUT_TRANSITION'];
  const xstate = await importOriginal<typeof XState>();
  if (text === undefined) return xstate;
  const transition = readTransition(text);
  return {
    ...xstate,
    setup: (implementations: never) => {
      const made = xstate.setup(implementations);
      return {
        ...made,
        createMachine: (config: { id?: string }) =>
          made.createMachine(
            (config.id === transition.machine ? withoutTransition(config, transition) : config) as never,
          ),
      };
    },
  };
});
