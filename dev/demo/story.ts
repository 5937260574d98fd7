/** What the demo plays, through HTTP only: a contract of three years, from registration to erasure, or a whole repair. */
import { firstYear } from './first-year.ts';
import { repairCast } from './repair-cast.ts';
import { filedAndAccepted } from './repair-claim.ts';
import { repaired } from './repair-work.ts';
import { nextFirstMondayOfMarch } from './expected-dates.ts';
import { secondYear } from './second-year.ts';
import { Stage, type Check, type Place, type Row } from './stage.ts';
import { thirdYear } from './third-year.ts';

export interface Story {
  readonly rows: readonly Row[];
  readonly checks: readonly Check[];
  /** From what its days count. */
  readonly since: string;
}

export const STORIES = {
  year: { play: playStory, takes: 'three years' },
  repair: { play: playRepair, takes: 'half a year' },
} as const;
export type StoryName = keyof typeof STORIES;

/**
 * Plays the story against a running stack; safe to repeat on the same one.
 * @throws {StepMissing} when something does not happen, {UnexpectedAnswer} when the API refuses what it should take;
 * a wrong date is a check that is not ok
 */
export async function playStory(place: Place): Promise<Story> {
  const stage = new Stage(place);
  const cast = await firstYear(stage);
  await secondYear(stage, cast);
  await thirdYear(stage, cast);
  return { rows: stage.rows, checks: stage.checks, since: 'activation' };
}

/** A drill fails, and is repaired: the same guarantees. */
export async function playRepair(place: Place): Promise<Story> {
  const stage = new Stage(place, nextFirstMondayOfMarch(Date.now()));
  const cast = await repairCast(stage);
  const repair = await filedAndAccepted(stage, cast);
  await repaired(stage, cast, repair);
  return { rows: stage.rows, checks: stage.checks, since: 'the claim' };
}
