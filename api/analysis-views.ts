/** Schemas of the figures of data analysis; what each means in full is in docs/analysis.md [D1]. */
import { Type } from 'typebox';
import { BoundedView } from './analysis-answer.ts';
import { Nullable } from './fields.ts';

const Whole = (description: string) => Type.Integer({ description });
const Real = (description: string) => Type.Number({ description });
const Share = Nullable(BoundedView);
const bounds = (value: number, low: number, high: number) => ({ value, low, high });

export const FailureRates = Type.Object({
  units: Whole('In use at some time in the period'),
  unitYears: Real('For how long, altogether'),
  failures: Whole('Decided claim lines that are failures of the product'),
  rate: Nullable(BoundedView),
  firstFailures: Nullable(
    Type.Object({
      units: Whole('That failed for the first time'),
      of: Whole('Of those that had not before'),
      share: Share,
    }),
  ),
});
export const failureRatesExample = {
  units: 1200,
  unitYears: 980.5,
  failures: 31,
  rate: bounds(0.0316165, 0.0214819, 0.0448769),
  firstFailures: { units: 29, of: 1190, share: bounds(0.0243697, 0.0163859, 0.0348169) },
};

export const Lives = Type.Object({
  units: Whole('That came into use in the period'),
  failed: Whole('Of them, until today'),
  fit: Nullable(
    Type.Object({
      shape: BoundedView,
      scaleDays: BoundedView,
      b10Days: BoundedView,
    }),
  ),
  refused: Nullable(
    Type.Enum(['tooFewFailures', 'noSpread'], {
      description: 'Why nothing is fitted: fewer than 5 have failed, or all at the age of the oldest unit',
    }),
  ),
});
export const livesExample = {
  units: 1200,
  failed: 31,
  fit: {
    shape: bounds(1.41, 1.02, 1.95),
    scaleDays: bounds(4210, 1980, 8950),
    b10Days: bounds(853, 540, 1350),
  },
  refused: null,
};

export const Turnarounds = Type.Object({
  repairs: Whole('Finished in the period, of units that were received'),
  medianHours: Real('From receipt to the end: half took no longer'),
  p90Hours: Real('Nine tenths took no longer'),
});
export const turnaroundsExample = { repairs: 27, medianHours: 74.5, p90Hours: 190.25 };

const Part = Type.Object({ repairs: Whole('How many'), share: Share });
export const Repairs = Type.Object({
  repairs: Whole('Finished in the period'),
  failedTests: Whole('Before the tests that were passed'),
  judged: Whole('Ended as repaired, and so long ago that it is known whether the unit came again'),
  firstTimeFix: Part,
  repeats: Part,
});
export const repairsExample = {
  repairs: 27,
  failedTests: 2,
  judged: 20,
  firstTimeFix: { repairs: 18, share: bounds(0.9, 0.683, 0.987652) },
  repeats: { repairs: 1, share: bounds(0.05, 0.00126509, 0.248733) },
};

const Minor = (description: string) => Type.Integer({ description: `${description}, in minor units` });
const Average = (description: string) => Nullable(Type.Number({ description: `${description}, in minor units` }));
export const Costs = Type.Object({
  repairs: Whole('Finished in the period'),
  parts: Minor('Of them'),
  labour: Minor('Of them'),
  shipping: Minor('Of them'),
  total: Minor('Parts, labour and shipping'),
  charged: Minor('To the customers, by the quotations that they accepted'),
  perRepair: Average('Of the total'),
  units: Whole('In use at some time in the period'),
  perUnit: Average('Of the total'),
  perUnitYear: Average('Of the total'),
  lines: Whole('Claim lines decided in the period'),
  paid: Minor('By the manufacturer as goodwill, as decided'),
});
export const costsExample = {
  repairs: 27,
  parts: 270000,
  labour: 135000,
  shipping: 40500,
  total: 445500,
  charged: 25500,
  perRepair: 16500,
  units: 1200,
  perUnit: 371.25,
  perUnitYear: 454.36,
  lines: 31,
  paid: 44000,
};

const Kept = Type.Object({
  counted: Whole('With a service level'),
  kept: Whole('Of them, in time'),
  share: Share,
});
export const ServiceLevels = Type.Object({ decisions: Kept, repairs: Kept });
export const serviceLevelsExample = {
  decisions: { counted: 31, kept: 30, share: bounds(0.967742, 0.832959, 0.999184) },
  repairs: { counted: 27, kept: 27, share: bounds(1, 0.872294, 1) },
};

export const PartsForecast = Type.Object({
  expected: BoundedView,
  basis: Type.Enum(['weibull', 'rate', 'both'], {
    description: 'The fitted hazard; the constant rate where too few have failed for a fit; or some of each',
  }),
});
export const partsForecastExample = { expected: bounds(12.4, 8.9, 17.2), basis: 'weibull' as const };
