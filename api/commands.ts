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
import { fromEngine } from './engine-errors.ts';
import { Problem } from './problems.ts';

const READ_YOUR_WRITES_MS = 5_000;
const FIRST_POLL_MS = 5;
const LONGEST_POLL_MS = 50;

export interface CommandResult {
  readonly state: string;
  readonly sequence: number;
  readonly readable: boolean;
}

/** What to say when the contract refuses: the way out, for this command; or what is wrong with the command itself. */
export type Advice = (instance: Instance) => { detail?: string; notBefore?: string } | Problem | undefined;

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
    return { state: answer.words, sequence: answer.sequence, readable };
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
    if (instance) {
      const advised = advice?.(instance);
      if (advised instanceof Problem) return advised;
      const state = error.data.words ?? instance.words;
      return new Problem(
        'event-refused',
        {
          detail: `The contract does not take '${error.data.event}' now. It is: ${state}.`,
          ...advised,
          state,
          accepted: [...error.data.accepted],
        },
        { cause: error },
      );
    }
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
  return fromEngine(error) ?? error;
}
