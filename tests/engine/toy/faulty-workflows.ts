/** The lamp with a bug that shows when its deadline comes: a version that should not have been deployed. */
import { durable } from '../../../engine/durable.ts';
import { lamp as machine } from './machine.ts';
import { lamp as sound } from './workflows.ts';

const faulty = machine.provide({
  actions: {
    noteLight: (_, { lit }) => {
      if (!lit) throw new Error('the switch is stuck');
    },
  },
});

export const lamp = durable(faulty, sound.options);
