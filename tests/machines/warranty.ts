/** A warranty to begin tests with: a press with a motor, a bearing in the motor, a battery and a hose. */
import type { Counting } from '../../machines/calendar.ts';
import type { Question } from '../../machines/warranty/question.ts';
import type { Campaign, Cover, DeadOnArrival, Extension, Policy, PolicyLine } from '../../machines/warranty/policy.ts';
import type { Start, StartBasis } from '../../machines/warranty/policy.ts';
import type { Failure, ProductModel, Replacement, Unit } from '../../machines/warranty/unit.ts';

export const shanghai: Counting = { timeZone: 'Asia/Shanghai', periodEnd: 'endOfDay' };

const press: ProductModel = {
  id: 'press-200',
  components: [
    { id: 'motor', partOf: null },
    { id: 'bearing', partOf: 'motor' },
    { id: 'battery', partOf: null },
    { id: 'hose', partOf: null },
  ],
};

export const from = (...bases: StartBasis[]): Start => ({
  rules: bases.map((basis) => ({ basis, plus: null })),
  noLaterThan: [],
});

export const months = (count: number | null, more: Partial<Cover> = {}): Cover => ({
  months: count,
  usage: null,
  proRata: null,
  ...more,
});

/** The same for parts, labour and shipping. */
export const all = (cover: Cover): PolicyLine['cover'] => ({ parts: cover, labour: cover, shipping: cover });

export const line = (more: Partial<PolicyLine> = {}): PolicyLine => ({
  id: 'unit',
  components: 'all',
  except: [],
  excludes: ['misuse', 'accident', 'unauthorisedRepair'],
  transfers: null,
  start: from('receipt'),
  cover: all(months(24)),
  ...more,
});

export const policy = (more: Partial<Policy> = {}): Policy => ({
  id: 'standard',
  models: ['press-200'],
  inForce: { from: null, until: null },
  lines: [line()],
  deadOnArrival: null,
  ...more,
});

export const deadOnArrival = (more: Partial<DeadOnArrival> = {}): DeadOnArrival => ({
  days: 14,
  start: from('receipt'),
  classes: ['parts', 'labour', 'shipping'],
  excludes: ['misuse', 'accident'],
  transfers: null,
  ...more,
});

export const extension = (more: Partial<Extension> = {}): Extension => ({
  id: 'plus',
  policy: 'standard',
  lines: ['unit'],
  classes: ['parts', 'labour', 'shipping'],
  boughtOn: '2027-01-20',
  counts: 'onTop',
  months: 12,
  usage: 0,
  usageAtPurchase: {},
  transfers: null,
  ...more,
});

export const campaign = (more: Partial<Campaign> = {}): Campaign => ({
  id: 'recall-7',
  models: ['press-200'],
  components: ['hose'],
  except: [],
  serials: [{ from: 'P0100', to: 'P0199' }],
  batches: [],
  validFrom: '2029-01-01',
  validUntil: '2030-12-31',
  classes: ['parts', 'labour', 'shipping'],
  excludes: [],
  ...more,
});

export const replacement = (more: Partial<Replacement> = {}): Replacement => ({
  id: 'repair-1',
  component: 'motor',
  on: '2028-12-01',
  usage: {},
  cover: { parts: months(6), labour: months(3) },
  excludes: ['misuse'],
  ...more,
});

export const unit = (more: Partial<Unit> = {}): Unit => ({
  serial: 'P0123',
  batch: 'B7',
  model: press,
  dates: { receipt: '2027-01-10' },
  transfers: [],
  replacements: [],
  ...more,
});

export const failure = (on: string, more: Partial<Failure> = {}): Failure => ({
  on,
  usage: {},
  component: 'motor',
  cause: 'defect',
  ...more,
});

export const question = (more: Partial<Question> & { failure: Failure }): Question => ({
  unit: unit(),
  policies: [policy()],
  extensions: [],
  campaigns: [],
  counting: shanghai,
  ...more,
});
