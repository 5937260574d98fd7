/** What a history costs, apart from what a slow machine adds: a workflow task that nobody took in time is given again. */
import type { Client } from '@temporalio/client';

interface HistoryEvent {
  readonly eventId?: unknown;
  readonly workflowTaskTimedOutEventAttributes?: { scheduledEventId?: unknown; startedEventId?: unknown } | null;
}

/** The events of an instance's latest run, without those of workflow tasks that timed out. */
export async function eventsOf(client: Client, id: string) {
  const { events } = await client.workflow.getHandle(id).fetchHistory();
  const all = events ?? [];
  const lost = new Set((all as HistoryEvent[]).flatMap(timedOut));
  return all.filter(({ eventId }) => !lost.has(String(eventId)));
}

/** What kind of event it is, e.g. `activityTaskCompleted`. */
export function kindOf(event: object): string {
  const attributes = Object.entries(event).find(([key, value]) => key.endsWith('EventAttributes') && value !== null);
  return attributes?.[0].replace('EventAttributes', '') ?? 'unknown';
}

/** What a test clock writes into a history, and a contract in real time does not have. */
const OF_THE_CLOCK = /options|skip/i;
/** What a workflow task is given for, beside an update, which follows its task. */
const NEWS = /^activityTask(Completed|Failed|TimedOut)$|^workflowExecution(Started|Signaled)$|^timerFired$/;

/**
 * Kinds of a history's events in their order, without those of a test clock, and without the workflow tasks that it alone
 * brings: where its time stands still again while activities are under way, the server gives a task that has no other news.
 */
export function withoutClock(kinds: readonly string[]): string[] {
  const kept: string[] = [];
  let before: string[] = [];
  for (let at = 0; at < kinds.length; at += 1) {
    const kind = kinds[at]!;
    if (kind !== 'workflowTaskScheduled') {
      before.push(kind);
      if (!OF_THE_CLOCK.test(kind)) kept.push(kind);
      continue;
    }
    const hasNews = before.some((one) => NEWS.test(one)) || kinds[at + 3] === 'workflowExecutionUpdateAccepted';
    const isOfClock = before.some((one) => OF_THE_CLOCK.test(one)) && !hasNews;
    before = [];
    if (isOfClock) at += 2;
    else kept.push(kind);
  }
  return kept;
}

function timedOut({ eventId, workflowTaskTimedOutEventAttributes: task }: HistoryEvent): string[] {
  return task ? [eventId, task.scheduledEventId, task.startedEventId].map(String) : [];
}
