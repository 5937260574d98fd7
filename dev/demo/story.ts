/** The contract of three years, from registration to erasure, through HTTP only. */
import { firstYear } from './first-year.ts';
import { secondYear } from './second-year.ts';
import { Stage, type Check, type Place, type Row } from './stage.ts';
import { thirdYear } from './third-year.ts';

export interface Story {
  readonly rows: readonly Row[];
  readonly checks: readonly Check[];
}

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
  return { rows: stage.rows, checks: stage.checks };
}
