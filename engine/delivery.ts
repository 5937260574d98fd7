/**
 * Brings a message from one durable instance to another. Safe to repeat: the message's id is the event's id, and a start
 * of what exists changes nothing.
 */
import type { Client } from '@temporalio/client';
import type { AnyStateMachine } from 'xstate';
import type { InstanceHandle, MachineClient } from './client.ts';
import { fastForward } from './clock.ts';
import { MachineError } from './errors.ts';
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
    try {
      if (start !== undefined) {
        const delayMs = clockAt === undefined ? 0 : clockAt - Date.now();
        await machine.start(to.id, start, delayMs > 0 ? { delayMs } : {});
        // Before the first event: an event would start a delayed instance at once, in the present.
        if (delayMs > 0) await fastForward(client, to.id, clockAt!, Date.now() + clockTimeoutMs);
        // Who moves the clock finds its members in the store: a member that is not there yet would be left behind.
        if (clockAt !== undefined) await firstStored(machine.get(to.id));
      }
      if (event !== undefined) await machine.get(to.id).send(event, { id });
      return 'delivered';
    } catch (error) {
      if (error instanceof MachineError && final.has(error.code)) return { refused: error.code, reason: error.message };
      throw error;
    }
  };
}

async function firstStored(one: InstanceHandle<AnyStateMachine>): Promise<void> {
  const giveUpAt = Date.now() + clockTimeoutMs;
  for (let wait = 5; !(await one.snapshot()).stored; wait = Math.min(wait * 2, 200)) {
    if (Date.now() > giveUpAt) throw new Error(`The first step of '${one.id}' is not stored yet`);
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}
