/** A deadline that keeps its remaining time while any party is suspended [W7]: the two states of what waits for it. */
import { repairSetup } from './repair-setup.ts';

const words = {
  counting: { description: 'The deadline counts [W4]', meta: { clauses: ['W4'] } },
  held: {
    description: 'The deadline is held: a party is suspended, and what remains of it counts from the lifting on [W7]',
    meta: { clauses: ['W7'] },
  },
};

type Lapse = NonNullable<Parameters<typeof repairSetup.createStateConfig>[0]['after']>['deadline'];

/** For a state of the order that has set its deadline; what happens at the moment is said by the state. */
export function counting(lapse: Lapse) {
  return {
    counting: repairSetup.createStateConfig({
      ...words.counting,
      always: { guard: 'isSuspended', target: 'held', actions: 'holdDeadline' },
      after: { deadline: lapse },
    }),
    held: repairSetup.createStateConfig({
      ...words.held,
      always: { guard: 'isNotSuspended', target: 'counting', actions: 'resumeDeadline' },
    }),
  };
}

/** The same for the loaner, whose deadline may run beside another. */
export const countingLoaner = {
  counting: repairSetup.createStateConfig({
    ...words.counting,
    always: { guard: 'isSuspended', target: 'held', actions: 'holdLoanerDeadline' },
    after: {
      loanerDeadline: {
        target: '#loanerSettled',
        actions: [{ type: 'noteLoaner', params: { state: 'charged' } }, 'chargeLoaner', 'recordCharges'],
      },
    },
  }),
  held: repairSetup.createStateConfig({
    ...words.held,
    always: { guard: 'isNotSuspended', target: 'counting', actions: 'resumeLoanerDeadline' },
  }),
};
