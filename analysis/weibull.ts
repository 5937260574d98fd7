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
const PRECISION = 1e-7;

/** @returns the fit, or why there is none: fewer than {@link FEWEST_FAILURES}, or all of them at the largest time */
export function fitWeibull({ failed, unfailed }: Lifetimes): Weibull | Refusal {
  const times = joined(failed.times, unfailed.times);
  const units = joined(failed.units, unfailed.units);
  let failures = 0;
  let largest = 0;
  for (let index = 0; index < times.length; index += 1) {
    if (units[index] === 0) continue;
    if (index < failed.times.length) failures += units[index]!;
    largest = Math.max(largest, times[index]!);
  }
  if (failures < FEWEST_FAILURES) return 'tooFewFailures';
  // By the largest time, so that powers stay between 0 and 1.
  const logs = times.map((time, index) => (units[index] === 0 ? 0 : Math.log(time / largest)));
  let meanLog = 0;
  for (let index = 0; index < failed.times.length; index += 1) meanLog += (units[index]! * logs[index]!) / failures;
  if (meanLog === 0) return 'noSpread';
  const shape = shapeOf(logs, units, meanLog);
  const { power } = moments(logs, units, shape);
  const logScale = Math.log(power / failures) / shape;
  return {
    shape,
    scale: largest * Math.exp(logScale),
    covariance: covarianceOf(logs, units, { shape, logScale, failures }),
  };
}

function joined(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  const both = new Float64Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

interface Moments {
  /** Σ n·t^k, and with ln t and (ln t)² in each term. */
  readonly power: number;
  readonly first: number;
  readonly second: number;
}

function moments(logs: Float64Array, units: Float64Array, shape: number): Moments {
  let power = 0;
  let first = 0;
  let second = 0;
  for (let index = 0; index < logs.length; index += 1) {
    const log = logs[index]!;
    const term = units[index]! * Math.exp(shape * log);
    power += term;
    first += term * log;
    second += term * log * log;
  }
  return { power, first, second };
}

/** The likelihood's maximum over the scale leaves one equation, whose left side grows with the shape: Newton, kept between two bounds. */
function shapeOf(logs: Float64Array, units: Float64Array, meanLog: number): number {
  let low = 0;
  let high = Infinity;
  let shape = 1;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const { power, first, second } = moments(logs, units, shape);
    const mean = first / power;
    const value = mean - 1 / shape - meanLog;
    if (value > 0) high = shape;
    else low = shape;
    const newton = shape - value / (second / power - mean * mean + 1 / (shape * shape));
    const halved = high === Infinity ? shape * 2 : (low + high) / 2;
    const next = newton > low && newton < high ? newton : halved;
    if (Math.abs(next - shape) <= PRECISION * shape) return next;
    shape = next;
  }
  return shape;
}

/** The inverse of the observed information of ln scale and ln shape at the maximum. */
function covarianceOf(
  logs: Float64Array,
  units: Float64Array,
  { shape, logScale, failures }: { shape: number; logScale: number; failures: number },
): Weibull['covariance'] {
  const shifted = logs.map((log) => log - logScale);
  const { first, second } = moments(shifted, units, shape);
  const scaleScale = shape * shape * failures;
  const scaleShape = -shape * shape * first;
  const shapeShape = failures + shape * shape * second;
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

/** Units of one age, and the part of their life that is asked about, in whole units of time. */
export interface Span {
  readonly units: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Expected failures of units between two ages each, every unit being repaired as it fails and going on as old as it is: the
 * growth of the cumulative hazard.
 * @returns to be asked about many spans: the hazard of each age is computed once
 */
export function expecting(fit: Weibull): (spans: readonly Span[]) => Bounded {
  const { shape, covariance } = fit;
  const known: { cumulative: number; byShape: number }[] = [];
  const hazardAt = (time: number) => (known[time] ??= hazard(time, fit));
  return (spans) => {
    let expected = 0;
    let byShape = 0;
    for (const { units, from, to } of spans) {
      const [a, b] = [hazardAt(from), hazardAt(to)];
      expected += units * (b.cumulative - a.cumulative);
      byShape += units * (b.byShape - a.byShape);
    }
    if (expected <= 0) return { value: 0, low: 0, high: 0 };
    const slope = byShape / expected;
    const variance =
      shape * shape * covariance.scale - 2 * shape * slope * covariance.both + slope * slope * covariance.shape;
    return bounded(expected, variance);
  };
}

/** The cumulative hazard, and how it grows with ln shape. */
function hazard(time: number, { shape, scale }: Weibull): { cumulative: number; byShape: number } {
  if (time <= 0) return { cumulative: 0, byShape: 0 };
  const log = shape * Math.log(time / scale);
  const cumulative = Math.exp(log);
  return { cumulative, byShape: cumulative * log };
}
