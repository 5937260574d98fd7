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

function timedOut({ eventId, workflowTaskTimedOutEventAttributes: task }: HistoryEvent): string[] {
  return task ? [eventId, task.scheduledEventId, task.startedEventId].map(String) : [];
}
