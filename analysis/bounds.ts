/**
 * Confidence bounds of counts [D1]. Both are exact: they cover the true value at least as often as they say, also of small
 * batches and of groups without any failure, where approximations by the normal distribution promise too much. The price is
 * that they are a little wider than need be.
 */
import { compiled, igami, incbi, ndtri } from 'cephes';

await compiled;

/** Both bounds of all figures are for this confidence. */
export const CONFIDENCE = 0.95;
const TAIL = (1 - CONFIDENCE) / 2;

/** 1.96 for 95 %. */
export const normalQuantile: number = ndtri(1 - TAIL);

export interface Bounded {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * A share, by Clopper and Pearson (1934): quantiles of beta distributions.
 * @param count how many of `of` have it, both whole numbers
 * @returns null where there is nothing to take a share of
 */
export function share(count: number, of: number): Bounded | null {
  if (of <= 0) return null;
  return {
    value: count / of,
    low: count === 0 ? 0 : incbi(count, of - count + 1, TAIL),
    high: count === of ? 1 : incbi(count + 1, of - count, 1 - TAIL),
  };
}

/**
 * Events per unit of exposure, by Garwood (1936): quantiles of gamma distributions, which are exact for Poisson counts.
 * @param count a whole number of events
 * @param exposure e.g. in unit-years
 * @returns null without exposure
 */
export function rate(count: number, exposure: number): Bounded | null {
  if (exposure <= 0) return null;
  return {
    value: count / exposure,
    low: count === 0 ? 0 : gammaQuantile(count, TAIL, -normalQuantile) / exposure,
    high: gammaQuantile(count + 1, 1 - TAIL, normalQuantile) / exposure,
  };
}

/** Above, the package's series underflows now and then; there the cube-root transformation is as good as exact. */
const EXACT_UP_TO = 5000;

/**
 * Quantile of the gamma distribution with this shape and scale 1. For large shapes by Wilson and Hilferty (1931), whose
 * relative error is then below 1e-6.
 */
function gammaQuantile(shape: number, probability: number, normal: number): number {
  if (shape <= EXACT_UP_TO) return igami(shape, 1 - probability);
  return shape * (1 - 1 / (9 * shape) + normal / (3 * Math.sqrt(shape))) ** 3;
}
