/** Choices that are the same on every machine. */

/** A whole number from 0 on, below the one that is given. */
export type Chance = (below: number) => number;

/** Numbers by a seed. */
export function chanceOf(seed: number): Chance {
  let state = (seed * 2654435761 + 1) >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Always what comes first, which is what is usual. */
export const usual: Chance = () => 0;

export const oneOf = <T>(chance: Chance, values: readonly T[]): T => values[chance(values.length)]!;
