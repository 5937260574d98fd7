/**
 * Brings a message from one durable instance to another. Safe to repeat: the message's id is the event's id, and a start
 * of what exists changes nothing.
 */
import type { Client } from '@temporalio/client';
import type { AnyStateMachine } from 'xstate';
import type { InstanceHandle, MachineClient } from './client.ts';
import { fastForward } from './clock.ts';
import { AlreadyEnded, MachineError, MachineFault, NotFound } from './errors.ts';
import type { ErrorCode } from './errors.ts';
import type { Message } from './machine.ts';

/** A message with the id that makes it count once. */
export interface Delivery extends Message {
  /** `<instance>.<sequence>.<index>` of the sender's commit. */
  readonly id: string;
  /** Where the receiver's test clock stands, in milliseconds since the epoch; absent in real time. */
  readonly clockAt?: number;
}

/** Refused is final: the receiver is gone, has ended, or takes no such event now. */
export type DeliveryOutcome = 'delivered' | { readonly refused: ErrorCode; readonly reason: string };

const final: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'NotFound',
  'AlreadyEnded',
  'EventRefused',
  'MalformedEvent',
  'EventIdReused',
  'VersionConflict',
  'MachineFault',
]);

/** How long bringing a new instance to its clock's time may take. */
const clockTimeoutMs = 20_000;

/**
 * @returns a function that delivers; it throws when the outcome is not known, and is then to be called again.
 * @param machines clients of the machines that messages may go to, by machine name.
 */
export function createDelivery(
  client: Client,
  machines: { readonly [name: string]: MachineClient<AnyStateMachine> },
): (message: Delivery) => Promise<DeliveryOutcome> {
  return async ({ id, to, start, event, clockAt }) => {
    const machine = machines[to.machine];
    if (!machine) return { refused: 'NotFound', reason: `there is no machine '${to.machine}'` };
    // Only what the receiver itself answers is final. What is asked of it on the way there is asked again when it fails.
    const refusal = async (asked: Promise<unknown>): Promise<DeliveryOutcome> => {
      try {
        await asked;
        return 'delivered';
      } catch (error) {
        if (!isFinal(error)) throw error;
        return { refused: error.code, reason: error.message };
      }
    };
    if (start !== undefined) {
      const delayMs = clockAt === undefined ? 0 : clockAt - Date.now();
      const started = await refusal(machine.start(to.id, start, delayMs > 0 ? { delayMs } : {}));
      if (started !== 'delivered') return started;
      // Before the first event: an event would start a delayed instance at once, in the present.
      if (delayMs > 0) await fastForward(client, to.id, clockAt!, Date.now() + clockTimeoutMs);
      // Who moves the clock finds its members in the store: a member that is not there yet would be left behind.
      if (clockAt !== undefined) await firstStored(machine.get(to.id));
    }
    return event === undefined ? 'delivered' : await refusal(machine.get(to.id).send(event, { id }));
  };
}

/** A receiver that waits for a mended deploy has not been asked: what is for it waits too. */
function isFinal(error: unknown): error is MachineError {
  if (error instanceof MachineFault && error.data.isWaiting) return false;
  return error instanceof MachineError && final.has(error.code);
}

async function firstStored(one: InstanceHandle<AnyStateMachine>): Promise<void> {
  const giveUpAt = Date.now() + clockTimeoutMs;
  const isStored = async (): Promise<boolean> => {
    try {
      return (await one.snapshot()).stored;
    } catch (error) {
      // One that is over, and perhaps deleted already, keeps nobody waiting.
      if (error instanceof NotFound || error instanceof AlreadyEnded) return true;
      throw error;
    }
  };
  for (let wait = 5; !(await isStored()); wait = Math.min(wait * 2, 200)) {
    if (Date.now() > giveUpAt) throw new Error(`The first step of '${one.id}' is not stored yet`);
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}
