/** What needs a person, said by the engine to whoever runs it. Types only. */

/** What needs a person; see docs of each kind. `reason` may quote what a machine was given: keep it out of logs where that matters. */
export type Alarm =
  /** The machine throws where nobody can be refused: at a timer, or at an answer. Its task is tried again until a deploy mends it. */
  | {
      readonly kind: 'fault';
      readonly machine: string;
      readonly instance: string;
      /** XState's state value, as JSON. */
      readonly state: string;
      readonly reason: string;
      /** The topmost place in the stack, e.g. `price (machines/order.ts:48:11)`. */
      readonly place: string;
    }
  /** The instance stands in an error that nobody handled, until it is redriven or stopped. */
  | {
      readonly kind: 'errored';
      readonly machine: string;
      readonly instance: string;
      readonly state: string;
      readonly reason: string;
    }
  /** An activity, or a commit, fails again and again, and the instance waits for it. Said anew when it has been tried twice as often. */
  | {
      readonly kind: 'stalled';
      readonly machine: string;
      readonly instance: string;
      readonly activity: string;
      readonly attempts: number;
      /** The type of the failure, or the name of the error. */
      readonly failure: string;
      readonly reason: string;
    }
  /** The store has found two histories of one instance; see `CommitConflict`. */
  | {
      readonly kind: 'conflict';
      readonly machine: string;
      readonly instance: string;
      readonly sequence: number;
      readonly reason: string;
    };
