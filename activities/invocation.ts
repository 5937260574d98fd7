/** How bodies of activities are written: typed by their machine, idempotent by their key, safe against the fence. */
import { ApplicationFailure } from '@temporalio/activity';
import { isAccountErased } from '../db/accounts.ts';
import type { Activities } from '../machines/activities.ts';
import type { Failpoint } from './failpoint.ts';

/** What an activity is told beside its input. */
export interface Invocation {
  /** Stable over retries, crashes and continue-as-new. */
  readonly key: string;
  /** Contract time when the machine asked, ISO. */
  readonly at: string;
}

/** Some of the product's activities, with question and answer. */
export type BodiesOf<Name extends keyof Activities> = {
  readonly [One in Name]: (input: Activities[One][0], invocation: Invocation) => Promise<Activities[One][1]>;
};

/** Failure type for a write under an erased account. Never retried. */
export const ACCOUNT_ERASED = 'AccountErased';

/**
 * Adds to a body what all have in common: an erased account is an answer, not a reason to try again, and a crash test may
 * stop between effect and result.
 */
export function guarded<Input, Output>(
  name: string,
  body: (input: Input, invocation: Invocation) => Promise<Output>,
  failpoint: Failpoint,
): (input: Input, invocation: Invocation) => Promise<Output> {
  return async (input, invocation) => {
    try {
      const output = await body(input, invocation);
      await failpoint(`activity.after:${name}`);
      return output;
    } catch (error) {
      if (!isAccountErased(error)) throw error;
      throw ApplicationFailure.nonRetryable('The account is erased', ACCOUNT_ERASED);
    }
  };
}
