/**
 * How a route makes a contract do something: send the event under the command's id, then wait until the read model has
 * it, so that a read that follows sees it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { findAccount } from '../db/accounts.ts';
import { findInstance, findSequence, type Instance } from '../db/instances.ts';
import { AlreadyEnded, EventRefused, NotFound } from '../engine/errors.ts';
import type { Deps, Instances } from './deps.ts';
import { accountErased } from './erased.ts';
import { fromEngine, inWords } from './engine-errors.ts';
import { offered } from './event-routes.ts';
import { Problem } from './problems.ts';
import { hasMoment, standing, standingOf } from './standing.ts';

const READ_YOUR_WRITES_MS = 5_000;
const FIRST_POLL_MS = 5;
const LONGEST_POLL_MS = 50;

export interface CommandResult {
  readonly state: string;
  readonly sequence: number;
  readonly readable: boolean;
}

/**
 * What to say when the contract refuses: the way out, for this command, with the field that does not agree with what the contract is
 * at; or what is wrong with the command itself.
 */
export type Advice = (
  instance: Instance,
) => { detail?: string; notBefore?: string; field?: string } | Problem | undefined;

export const subscriptionId = (accountId: string): string => `subscription-${accountId}`;
export const repairInstanceId = (repairId: string): string => `repair-${repairId}`;
export const receiptInstanceId = (receiptId: string): string => `receipt-${receiptId}`;

/**
 * @param id the command's id: the same one again gives the first answer and does nothing
 * @throws {Problem} `event-refused` with state, accepted events and advice, or what the advice says is wrong; `already-ended`; `account-erased`; the engine's others
 */
export async function command<Event extends { type: string }>(
  deps: Pick<Deps, 'db' | 'steps' | 'options'>,
  instances: Instances<Event>,
  instanceId: string,
  event: Event,
  id: string,
  advice?: Advice,
): Promise<CommandResult> {
  try {
    const answer = await instances.get(instanceId).send(event, { id });
    const readable = await waitForSequence(deps, instanceId, answer.sequence);
    const { sequence, state: value, words } = answer;
    const stored = readable && hasMoment(words) ? await findInstance(deps.db, instanceId) : undefined;
    const dueAt = stored?.sequence === sequence ? stored.next_due_at : null;
    return { state: standing(instanceId, { value, words, dueAt }), sequence, readable };
  } catch (error) {
    throw await explained(deps, instanceId, error, advice);
  }
}

/** Waits until an instance's first steps are stored; false when it took longer than allowed. */
export async function waitForSequence(
  { steps, options }: Pick<Deps, 'steps' | 'options'>,
  instanceId: string,
  sequence: number,
): Promise<boolean> {
  return steps.stored(instanceId, sequence, options.readYourWritesMs ?? READ_YOUR_WRITES_MS);
}

/** For what is no step of an instance: polls until it is so; false when the time is over first. */
export async function waitFor(withinMs: number | undefined, isSo: () => Promise<boolean>): Promise<boolean> {
  const until = performance.now() + (withinMs ?? READ_YOUR_WRITES_MS);
  for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 2, LONGEST_POLL_MS)) {
    if (await isSo()) return true;
    if (performance.now() + pause > until) return false;
    await sleep(pause);
  }
}

async function explained(
  deps: Pick<Deps, 'db' | 'steps' | 'options'>,
  instanceId: string,
  error: unknown,
  advice: Advice | undefined,
): Promise<unknown> {
  const { db } = deps;
  if (error instanceof EventRefused) {
    // What is said about the refusal must not be read from before it.
    await waitForSequence(deps, instanceId, error.data.sequence ?? 0);
    const instance = await findInstance(db, instanceId);
    const advised = instance && advice?.(instance);
    return advised instanceof Problem ? advised : refusal(instanceId, error, instance, advised);
  }
  if (error instanceof NotFound || error instanceof AlreadyEnded) {
    const account = instanceId.startsWith('subscription-')
      ? await findAccount(db, instanceId.slice('subscription-'.length))
      : undefined;
    if (account && account.erased_at !== null) return accountErased(db, account);
    // Its rows are there and its first step is not: the dispatcher has not started it yet.
    if (error instanceof NotFound && (account || /^(receipt|repair)-/.test(instanceId))) {
      const started = await findSequence(db, instanceId);
      if (started === 0) return new Problem('engine-unavailable', {}, { cause: error, retryAfter: 1 });
    }
  }
  if (error instanceof AlreadyEnded) {
    const instance = await findInstance(db, instanceId);
    const state = instance && standingOf(instance);
    return new Problem('already-ended', state === undefined ? {} : { state }, { cause: error });
  }
  return fromEngine(error) ?? error;
}

/** Where a guard looks at what is in the event, the engine lists it as accepted also when this one was not. */
function refusal(
  instanceId: string,
  error: EventRefused,
  instance: Instance | undefined,
  advised: { detail?: string; notBefore?: string; field?: string } | undefined,
): Problem {
  const { event, state: value, words, accepted } = error.data;
  const dueAt = instance?.next_due_at;
  const state = standing(instanceId, { value, words: words ?? instance?.words ?? inWords(value), dueAt });
  const routes = offered(
    instanceId,
    accepted.filter((type) => type !== event),
  );
  const why = accepted.includes(event)
    ? `The contract takes '${event}' now, but not with this content.`
    : `The contract does not take '${event}' now.`;
  return new Problem(
    'event-refused',
    { detail: `${why} It is: ${state}.`, ...advised, state, accepted: Object.keys(routes), routes },
    { cause: error },
  );
}
