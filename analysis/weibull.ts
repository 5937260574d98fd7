/**
 * Weibull fit of the time to failure, by maximum likelihood, with units that have not failed yet (right-censored) [D1]. Times
 * are grouped, so that the work grows with the number of different times and not with the number of units.
 */
import { normalQuantile, type Bounded } from './bounds.ts';

/** Different times, above 0, and how many units there are of each, as parallel lists. */
export interface Times {
  readonly times: ArrayLike<number>;
  readonly units: ArrayLike<number>;
}

export interface Lifetimes {
  /** At which units failed. */
  readonly failed: Times;
  /** Until which units were seen without a failure. */
  readonly unfailed: Times;
}

export interface Weibull {
  /** Below 1: early failures; about 1: by chance; above 1: wear. */
  readonly shape: number;
  /** The characteristic life: 63.2 % have failed by then. In the unit of the times. */
  readonly scale: number;
  /** Of ln scale and ln shape, from the observed information. */
  readonly covariance: { readonly scale: number; readonly shape: number; readonly both: number };
}

/** Why nothing is fitted. */
export type Refusal = 'tooFewFailures' | 'noSpread';

/** Fewer say next to nothing about a shape. */
export const FEWEST_FAILURES = 5;
const MOST_STEPS = 100;
/** Of the last step; the error after it is about the square, as Newton's is. */
const PRECISION = 1e-5;

/** @returns the fit, or why there is none: fewer than {@link FEWEST_FAILURES}, or all of them at the largest time */
export function fitWeibull({ failed, unfailed }: Lifetimes): Weibull | Refusal {
  const failures = total(failed);
  if (failures < FEWEST_FAILURES) return 'tooFewFailures';
  // By the largest time, so that powers stay between 0 and 1.
  const largest = Math.max(largestOf(failed), largestOf(unfailed));
  const seen = [logsOf(failed, largest), logsOf(unfailed, largest)] as const;
  const [{ logs, units }] = seen;
  let meanLog = 0;
  for (let index = 0; index < logs.length; index += 1) meanLog += (units[index]! * logs[index]!) / failures;
  if (meanLog === 0) return 'noSpread';
  const shape = shapeOf(seen, meanLog);
  const at = moments(seen, shape);
  const logScale = Math.log(at.power / failures) / shape;
  return {
    shape,
    scale: largest * Math.exp(logScale),
    covariance: covarianceOf(at, { shape, logScale, failures }),
  };
}

/** Units of all times together. */
export function total({ units }: Times): number {
  let sum = 0;
  for (let index = 0; index < units.length; index += 1) sum += units[index]!;
  return sum;
}

function largestOf({ times, units }: Times): number {
  let largest = 0;
  for (let index = 0; index < times.length; index += 1)
    if (units[index]! > 0) largest = Math.max(largest, times[index]!);
  return largest;
}

interface Logs {
  /** Of times as parts of the largest. */
  readonly logs: Float64Array;
  readonly units: ArrayLike<number>;
}

function logsOf({ times, units }: Times, largest: number): Logs {
  const logs = new Float64Array(times.length);
  const logLargest = ln(largest);
  for (let index = 0; index < logs.length; index += 1) logs[index] = ln(times[index]!) - logLargest;
  return { logs, units };
}

/** Of halves, which ages in days are: computed once. */
const logsOfHalves = new Float64Array(2 ** 16);

function ln(time: number): number {
  const halves = time * 2;
  if (!Number.isInteger(halves) || halves <= 0 || halves >= logsOfHalves.length) return Math.log(time);
  return (logsOfHalves[halves] ||= Math.log(time));
}

interface Moments {
  /** Σ n·t^k, and with ln t and (ln t)² in each term. */
  readonly power: number;
  readonly first: number;
  readonly second: number;
}

function moments(seen: readonly Logs[], shape: number): Moments {
  let power = 0;
  let first = 0;
  let second = 0;
  for (const { logs, units } of seen) {
    for (let index = 0; index < logs.length; index += 1) {
      const log = logs[index]!;
      const term = units[index]! * Math.exp(shape * log);
      power += term;
      first += term * log;
      second += term * log * log;
    }
  }
  return { power, first, second };
}

/**
 * The likelihood's maximum over the scale leaves one equation, whose left side grows with the shape: Newton, kept between
 * two bounds. In 1/shape the equation is nearly a straight line, so few steps are needed.
 */
function shapeOf(seen: readonly Logs[], meanLog: number): number {
  let low = 0;
  let high = Infinity;
  let shape = 1;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const { power, first, second } = moments(seen, shape);
    const mean = first / power;
    const value = mean - 1 / shape - meanLog;
    if (value > 0) high = shape;
    else low = shape;
    const newton = 1 / (1 / shape + value / ((second / power - mean * mean) * shape * shape + 1));
    const halved = high === Infinity ? shape * 2 : (low + high) / 2;
    const next = newton > low && newton < high ? newton : halved;
    if (Math.abs(next - shape) <= PRECISION * shape) return next;
    shape = next;
  }
  return shape;
}

/** The inverse of the observed information of ln scale and ln shape at the maximum. */
function covarianceOf(
  { power, first, second }: Moments,
  { shape, logScale, failures }: { shape: number; logScale: number; failures: number },
): Weibull['covariance'] {
  // Σ n·(t/scale)^k with ln (t/scale) and its square in each term; without either it is the number of failures.
  const unscaled = Math.exp(-shape * logScale);
  const scaledFirst = unscaled * (first - logScale * power);
  const scaledSecond = unscaled * (second - 2 * logScale * first + logScale * logScale * power);
  const scaleScale = shape * shape * failures;
  const scaleShape = -shape * shape * scaledFirst;
  const shapeShape = failures + shape * shape * scaledSecond;
  const determinant = scaleScale * shapeShape - scaleShape * scaleShape;
  return { scale: shapeShape / determinant, shape: scaleScale / determinant, both: -scaleShape / determinant };
}

/** Bounds by the normal distribution of the logarithm, so that they are positive. */
function bounded(value: number, varianceOfLog: number): Bounded {
  const factor = Math.exp(normalQuantile * Math.sqrt(Math.max(0, varianceOfLog)));
  return { value, low: value / factor, high: value * factor };
}

export function shapeBounds({ shape, covariance }: Weibull): Bounded {
  return bounded(shape, covariance.shape);
}

export function scaleBounds({ scale, covariance }: Weibull): Bounded {
  return bounded(scale, covariance.scale);
}

/** The time by which so many have failed; 0.1 gives the B10 life. */
export function lifeAt({ shape, scale, covariance }: Weibull, failedShare: number): Bounded {
  const log = Math.log(-Math.log1p(-failedShare));
  const slope = log / shape;
  const variance = covariance.scale - 2 * slope * covariance.both + slope * slope * covariance.shape;
  return bounded(scale * Math.exp(slope), variance);
}

/** Units of some ages, as parallel lists; ages in whole units of time. */
export interface Aged {
  readonly units: Int32Array;
  readonly ages: Int32Array;
}

/** The cumulative hazard of some units together, and how it grows with ln shape. */
export interface Hazard {
  readonly value: number;
  readonly growth: number;
}

/** @returns the hazard of units that are as old as this, at most: that of each age is computed once */
export function cumulativeHazard({ shape, scale }: Weibull, oldest: number): (of: Aged) => Hazard {
  const [hazards, growths] = [new Float64Array(oldest + 1), new Float64Array(oldest + 1)];
  const logScale = Math.log(scale);
  for (let age = 1; age <= oldest; age += 1) {
    const log = shape * (ln(age) - logScale);
    const hazard = Math.exp(log);
    hazards[age] = hazard;
    growths[age] = hazard * log;
  }
  return ({ units, ages }) => {
    let value = 0;
    let growth = 0;
    for (let index = 0; index < units.length; index += 1) {
      const count = units[index]!;
      const age = ages[index]!;
      value += count * hazards[age]!;
      growth += count * growths[age]!;
    }
    return { value, growth };
  };
}

/**
 * Expected failures of units between two ages each, every unit being repaired as it fails and going on as old as it is: the
 * growth of the cumulative hazard.
 */
export function expectedBetween({ shape, covariance }: Weibull, before: Hazard, after: Hazard): Bounded {
  const expected = after.value - before.value;
  if (expected <= 0) return { value: 0, low: 0, high: 0 };
  const slope = (after.growth - before.growth) / expected;
  const variance =
    shape * shape * covariance.scale - 2 * shape * slope * covariance.both + slope * slope * covariance.shape;
  return bounded(expected, variance);
}
