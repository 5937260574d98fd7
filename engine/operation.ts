/**
 * What an operator may do to an instance beyond what its machine takes from outside. Types that both halves share; the
 * sandbox half is operator.ts, the Node half operating.ts.
 */
import type { Instant, Json } from './machine.ts';
import type { Deadline, EffectCall } from './store.ts';

/** Which timer: the event it will raise, e.g. `xstate.after.expiry.subscription.active`, and whose it is where several have it. */
export interface TimerChoice {
  readonly event: string;
  /** Path of the actor that waits; absent: the machine itself. */
  readonly actor?: string;
}

/** One intervention by an operator, as data. */
export type Operation =
  /** Leaves the present states and enters these (dotted paths; one for each parallel region), with their entry and exit actions. */
  | { readonly kind: 'goto'; readonly states: readonly string[] }
  /** Replaces these entries of the context. */
  | { readonly kind: 'assign'; readonly context: { readonly [key: string]: Json } }
  /** Raises the timer's event now, as if its moment had come. */
  | ({ readonly kind: 'fireTimer' } & TimerChoice)
  /** Takes the timer away: its moment will pass. */
  | ({ readonly kind: 'skipTimer' } & TimerChoice)
  /** Calls off the activity and begins it again under the same key, without waiting for its next try. */
  | { readonly kind: 'retry'; readonly invocation: string }
  /** Calls off the activity and answers in its place: `skip` with nothing, `complete` with an output. */
  | { readonly kind: 'skip'; readonly invocation: string }
  | { readonly kind: 'complete'; readonly invocation: string; readonly output: Json }
  /** Goes back to right before the error that nobody handled, and tries again what failed. */
  | { readonly kind: 'redrive' }
  /** Ends the instance where it stands; nothing of its machine runs any more. */
  | { readonly kind: 'stop' };

/** Who does it and why: both end up in the audit. No personal data. */
export interface Mandate {
  readonly by: string;
  readonly reason: string;
}

/** What an operation would do now: nothing has happened yet. */
export interface Plan {
  /** The instance's sequence number that this was computed at: it is only carried out while that is the last one. */
  readonly sequence: number;
  readonly at: Instant;
  readonly from: { readonly status: string; readonly state: Json };
  readonly to: { readonly status: string; readonly state: Json; readonly words: string };
  /** Entries of the context that change. */
  readonly context: { readonly [key: string]: { readonly from: Json | null; readonly to: Json | null } };
  readonly effects: readonly EffectCall[];
  /** Receivers of messages, as `machine/id`. */
  readonly messages: readonly string[];
  readonly deadlines: readonly Deadline[];
  /** Activities that begin, by name. */
  readonly begins: readonly string[];
}
