import { describe, expect, it } from 'vitest';
import { liveInProcess } from './in-process.ts';
import { specimens } from './language/index.ts';
import { livePlain } from './plain.ts';

const at = '2027-03-10T02:20:00.000Z';

const lives = Object.values(specimens).flatMap(({ machine, input = {}, lives: all }) =>
  all.map((happenings, n) => ({ name: `${machine.id}, life ${n + 1}`, machine, input, happenings, at })),
);

describe('the living tree of an instance', () => {
  it.each(lives)('does what plain XState does: $name', async (life) => {
    expect(await liveInProcess(life, false)).toEqual(await livePlain(life));
  });

  it.each(lives)('does so in a new run after every happening: $name', async (life) => {
    expect(await liveInProcess(life, true)).toEqual(await livePlain(life));
  });
});
