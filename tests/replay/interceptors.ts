/**
 * Tells a replay's test what workflow code does: Temporal's own replay compares which commands come, not what is in them.
 * Returns the promises it is given, so that the order of microtasks stays what it is without it.
 */
import { proxySinks } from '@temporalio/workflow';
import type { Sinks, WorkflowInterceptors } from '@temporalio/workflow';

interface ReplaySinks extends Sinks {
  replay: {
    activity(done: string): void;
    answered(id: string, answer: string): void;
    carried(start: string): void;
  };
}

export function interceptors(): WorkflowInterceptors {
  const { replay } = proxySinks<ReplaySinks>();
  return {
    inbound: [
      {
        handleUpdate: (input, next) => {
          const answer = next(input);
          void answer.then(
            (value) => replay.answered(input.updateId, JSON.stringify(value)),
            () => {},
          );
          return answer;
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => {
          replay.activity(JSON.stringify([input.activityType, input.args]));
          return next(input);
        },
        continueAsNew: (input, next) => {
          replay.carried(JSON.stringify(input.args));
          return next(input);
        },
      },
    ],
  };
}
