/**
 * Test clocks: workflows whose time can be moved ahead on a server that allows it (`frontend.WorkflowTimeSkippingEnabled`,
 * set on the local server only). Each workflow has a clock of its own in Temporal; a test clock moves many together,
 * deadline by deadline, earliest first, so that messages between them meet receivers who are not behind.
 */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';

/** The server does not allow moving clocks: it is not a local test server. */
export class ClockNotAllowed extends Error {
  override readonly name = 'ClockNotAllowed';
  constructor(why: string) {
    super(`This Temporal server does not move clocks (${why}); test clocks work on the local stack only`);
  }
}

/** The clock did not get where it should in time; calling again goes on from where it is. */
export class ClockStuck extends Error {
  override readonly name = 'ClockStuck';
  readonly at: string;
  constructor(at: string, why: string) {
    super(`The clock stands at ${at}: ${why}. Advance again to go on`);
    this.at = at;
  }
}

/** Results of polling a fast-forward (`FastForwardPollingResult` in Temporal's API) and gRPC codes that matter here. */
const pollAgain = 1;
const ended = 3;
const grpc = { invalidArgument: 3, notFound: 5, permissionDenied: 7, unimplemented: 12 };

/** Moves one workflow's clock ahead to `instant` (milliseconds since the epoch) and waits until it is there. Never back. */
export async function fastForward(
  client: Client,
  workflowId: string,
  instant: number,
  giveUpAt: number,
): Promise<void> {
  const virtual = await virtualNow(client, workflowId);
  if (virtual === undefined) return;
  const ahead = instant - virtual;
  if (ahead <= 0) return;
  const { workflowService } = client;
  const namespace = client.options.namespace;
  const workflowExecution = { workflowId };
  const id = randomUUID();
  try {
    await workflowService.updateWorkflowExecutionOptions({
      namespace,
      workflowExecution,
      workflowExecutionOptions: {
        timeSkippingConfig: {
          enabled: true,
          maxSessionSkipCount: 100_000,
          fastForwardConfig: { id, duration: durationOf(ahead) },
        },
      },
      updateMask: { paths: ['time_skipping_config'] },
    });
  } catch (error) {
    const code = codeOf(error);
    if (code === grpc.notFound) return;
    const refused = code === grpc.invalidArgument || code === grpc.permissionDenied || code === grpc.unimplemented;
    if (refused) throw new ClockNotAllowed(messageOf(error));
    throw error;
  }
  for (;;) {
    const { fastForwardPollingResult } = await client
      .withDeadline(giveUpAt, () =>
        workflowService.pollWorkflowExecutionTimeSkipping({ namespace, workflowExecution, fastForwardId: id }),
      )
      .catch((error: unknown) => {
        if (codeOf(error) === grpc.notFound) return { fastForwardPollingResult: ended };
        throw error;
      });
    if (fastForwardPollingResult !== pollAgain) return;
    if (Date.now() > giveUpAt) throw new ClockStuck(new Date(virtual).toISOString(), `'${workflowId}' does not follow`);
  }
}

/** The workflow's own present, or undefined when it is gone or closed. Milliseconds since the epoch. */
export async function virtualNow(client: Client, workflowId: string): Promise<number | undefined> {
  try {
    const description = await client.workflow.getHandle(workflowId).describe();
    if (description.status.name !== 'RUNNING') return undefined;
    const at = description.raw.workflowExtendedInfo?.timeSkippingInfo?.currentTime;
    return at ? Number(at.seconds ?? 0) * 1000 + Math.floor((at.nanos ?? 0) / 1e6) : Date.now();
  } catch (error) {
    if (error instanceof Error && error.name === 'WorkflowNotFoundError') return undefined;
    throw error;
  }
}

/** What a test clock needs to know of the product around it. */
export interface ClockMembers {
  /** Ids of the open instances on the clock. */
  open(): Promise<readonly string[]>;
  /** The earliest deadline of any of them, ISO. */
  earliest(): Promise<string | undefined>;
  /** True when nothing is on its way: commits stored, messages delivered, activities answered. */
  settled(): Promise<boolean>;
}

/**
 * Moves all members together to `to` (ISO). Between two deadlines it waits until what the first one caused has settled,
 * new instances included.
 *
 * @param options.onStep is told each instant before the members are moved to it, so that the caller can keep it; ISO.
 * @throws ClockNotAllowed, ClockStuck (some instant short of `to` was reached; call again to go on).
 */
export async function advance(
  client: Client,
  members: ClockMembers,
  to: string,
  options: { timeoutMs: number; onStep?: (at: string) => Promise<void> },
): Promise<void> {
  const target = Date.parse(to);
  const giveUpAt = Date.now() + options.timeoutMs;
  let reached = 'where it was';
  for (;;) {
    await settle(members, giveUpAt, reached);
    const earliest = await members.earliest();
    const due = earliest === undefined ? Infinity : Date.parse(earliest);
    const stop = Math.min(target, due);
    reached = new Date(stop).toISOString();
    // Told before anything moves: what a member starts when it gets there must not begin behind it.
    await options.onStep?.(reached);
    for (const id of await members.open()) await fastForward(client, id, stop, giveUpAt);
    if (due <= target) await passed(members, earliest!, giveUpAt, reached);
    else break;
  }
  await settle(members, giveUpAt, reached);
}

async function settle(members: ClockMembers, giveUpAt: number, reached: string): Promise<void> {
  await until(() => members.settled(), giveUpAt, reached, 'something is still on its way (is a worker running?)');
}

/** Waits until the deadline that was jumped to has fired, so that it is not jumped to again. */
async function passed(members: ClockMembers, deadline: string, giveUpAt: number, reached: string): Promise<void> {
  await until(
    async () => {
      const next = await members.earliest();
      return next === undefined || Date.parse(next) > Date.parse(deadline);
    },
    giveUpAt,
    reached,
    `the deadline ${deadline} does not fire`,
  );
}

async function until(test: () => Promise<boolean>, giveUpAt: number, reached: string, why: string): Promise<void> {
  for (let wait = 5; !(await test()); wait = Math.min(wait * 1.5, 100)) {
    if (Date.now() > giveUpAt) throw new ClockStuck(reached, why);
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

function durationOf(milliseconds: number): { seconds: never; nanos: number } {
  return { seconds: Math.floor(milliseconds / 1000) as never, nanos: (milliseconds % 1000) * 1_000_000 };
}

function codeOf(error: unknown): number | undefined {
  return (error as { code?: number } | undefined)?.code;
}

function messageOf(error: unknown): string {
  return (error as { details?: string } | undefined)?.details ?? String(error);
}
