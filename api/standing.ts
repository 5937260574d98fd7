/** What a contract is at, in the words that its parties read everywhere: in answers, refusals and when they look. */
import type { Instance } from '../db/instances.ts';
import { repairStanding } from './repair-words.ts';

const MOMENT = 'until this moment';

/** Whether the words are of a deadline whose moment they do not have themselves. */
export const hasMoment = (words: string): boolean => words.includes(MOMENT);

/**
 * @param value XState's state value
 * @param words of the innermost states, by the engine
 * @param dueAt the next deadline, where it is known
 */
export function standing(
  instanceId: string,
  { value, words, dueAt }: { value: unknown; words: string; dueAt?: Instance['next_due_at'] | undefined },
): string {
  if (instanceId.startsWith('repair-')) return repairStanding(value).words;
  return dueAt === undefined || dueAt === null ? words : words.replace(MOMENT, `until ${dueAt}`);
}

export function standingOf({ id, value, words, next_due_at: dueAt }: Instance): string {
  return standing(id, { value, words, dueAt });
}
