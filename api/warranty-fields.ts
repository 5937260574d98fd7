/** Schemas of what a warranty is made of, as it crosses the API's edge: the forms of machines/warranty/ [W1]. */
import { Type, type Static } from 'typebox';
import { namePattern } from '../machines/subscription-events.ts';
import { costClasses, startBases, usageUnits } from '../machines/warranty/policy.ts';
import { Day, Line, Nullable, Sha256 } from './fields.ts';

/** A name that a manufacturer gives to something of its own. */
export const Name = (description: string, example: string) =>
  Type.String({ pattern: namePattern, description, examples: [example] });

export const ModelId = Name('The manufacturer’s name of the model', 'SD-18V');
export const Serial = Name('Serial number', 'SD18-000123');
export const Batch = Name('Batch in which it was made', '2026-W14');
export const PolicyId = Name('Name of the policy', 'standard-2026');

const causes = ['defect', 'wear', 'misuse', 'accident', 'unauthorisedRepair'] as const;
export const Cause = Type.Enum([...causes, 'unknown'], { description: 'Why it failed, as far as it is known' });
const Excluded = Type.Array(Type.Enum(causes), { description: 'Causes that are not covered', maxItems: 5 });
const Count = (description: string) => Type.Integer({ minimum: 0, maximum: 10_000, description });
const Reading = (description: string) => Type.Number({ minimum: 0, maximum: 1e12, description });
const Transfers = Nullable(Count('How many changes of owner it survives; null: any number'));
const Classes = Type.Array(Type.Enum(costClasses), { minItems: 1, maxItems: 3, description: 'Kinds of cost' });
const closed = { additionalProperties: false } as const;

export const Usage = Type.Object(
  Object.fromEntries(
    usageUnits.map((unit) => [unit, Type.Optional(Reading(`Reading of the counter of ${unit}`))]),
  ) as Record<(typeof usageUnits)[number], Type.TOptional<Type.TNumber>>,
  { ...closed, description: 'Readings of counters, as far as they are known' },
);

export const Dates = Type.Object(
  Object.fromEntries(startBases.map((basis) => [basis, Type.Optional(Day(`Day of ${basis}`))])) as Record<
    (typeof startBases)[number],
    Type.TOptional<Type.TString>
  >,
  { ...closed, description: 'Days from which cover may count, as far as they are known' },
);

/** The same as a correction: a day that is null is taken away. */
export const DatesForm = Type.Object(
  Object.fromEntries(
    startBases.map((basis) => [basis, Type.Optional(Nullable(Day(`Day of ${basis}; null takes it away`)))]),
  ) as Record<(typeof startBases)[number], Type.TOptional<Type.TUnion<[Type.TString, Type.TNull]>>>,
  { ...closed, description: 'Days from which cover may count, as far as they are known; those left out stay' },
);

export const Components = Type.Array(
  Type.Object(
    {
      id: Name('Name of the component', 'motor'),
      partOf: Nullable(Name('The assembly that it is part of; null: of the unit itself', 'drive')),
    },
    closed,
  ),
  { maxItems: 500, description: 'What it is made of' },
);

const Cover = Type.Object(
  {
    months: Nullable(Count('Full months; null: without end')),
    usage: Nullable(
      Type.Object(
        { unit: Type.Enum(usageUnits), limit: Reading('Covered up to and including this reading') },
        { ...closed, description: 'null: however much it is used' },
      ),
    ),
    proRata: Nullable(
      Type.Object(
        { fullMonths: Count('Months that are paid in full'), per: Type.Enum(['day', 'month']) },
        { ...closed, description: 'After its full months it pays less with time; null: in full until the end' },
      ),
    ),
  },
  closed,
);

const CoverByClass = Type.Object(
  Object.fromEntries(costClasses.map((one) => [one, Type.Optional(Cover)])) as Record<
    (typeof costClasses)[number],
    Type.TOptional<typeof Cover>
  >,
  { ...closed, description: 'How long and how far each kind of cost is covered; one that is left out is not' },
);

const StartRules = Type.Array(
  Type.Object(
    {
      basis: Type.Enum(startBases),
      plus: Nullable(
        Type.String({ maxLength: 20, description: 'ISO 8601 duration by which it counts later, e.g. P90D' }),
      ),
    },
    closed,
  ),
  { maxItems: 10 },
);
const Start = Type.Object(
  { rules: StartRules, noLaterThan: StartRules },
  {
    ...closed,
    description: 'It counts from the first of the rules whose day is known, and no later than the others say',
  },
);

const scope = {
  components: Type.Union([
    Type.Literal('all'),
    Type.Array(Name('A component, with all that is part of it', 'motor'), { minItems: 1, maxItems: 500 }),
  ]),
  except: Type.Array(Name('A component that is left out', 'blade'), { maxItems: 500 }),
};

export const PolicyForm = Type.Object(
  {
    models: Type.Array(ModelId, { minItems: 1, maxItems: 1000 }),
    inForce: Type.Object(
      { from: Nullable(Day('First day')), until: Nullable(Day('Last day')) },
      { ...closed, description: 'For units whose cover starts in these days' },
    ),
    lines: Type.Array(
      Type.Object(
        {
          id: Name('Name of the line, unique in its policy', 'drive'),
          ...scope,
          excludes: Excluded,
          transfers: Transfers,
          start: Start,
          cover: CoverByClass,
        },
        closed,
      ),
      { minItems: 1, maxItems: 200 },
    ),
    deadOnArrival: Nullable(
      Type.Object(
        {
          days: Count('A unit that fails within so many days counts as never having worked'),
          start: Start,
          classes: Classes,
          excludes: Excluded,
          transfers: Transfers,
        },
        closed,
      ),
    ),
  },
  closed,
);

const months = (count: number) => ({ months: count, usage: null, proRata: null });
const fromPurchase = {
  rules: [
    { basis: 'proofOfPurchase', plus: null },
    { basis: 'shipment', plus: 'P90D' },
  ],
  noLaterThan: [],
} as const;

export const policyExample: Static<typeof PolicyForm> = {
  models: ['SD-18V'],
  inForce: { from: '2026-01-01', until: null },
  lines: [
    {
      id: 'whole',
      components: 'all',
      except: ['blade'],
      excludes: ['wear', 'misuse', 'accident', 'unauthorisedRepair'],
      transfers: 1,
      start: { rules: [...fromPurchase.rules], noLaterThan: [] },
      cover: { parts: months(24), labour: months(12), shipping: months(6) },
    },
  ],
  deadOnArrival: {
    days: 30,
    start: { rules: [...fromPurchase.rules], noLaterThan: [] },
    classes: ['parts', 'labour', 'shipping'],
    excludes: ['misuse', 'accident'],
    transfers: 0,
  },
};

export const CampaignForm = Type.Object(
  {
    models: Type.Array(ModelId, { minItems: 1, maxItems: 1000 }),
    serials: Type.Array(Type.Object({ from: Serial, to: Serial }, closed), {
      maxItems: 1000,
      description: 'Serial numbers of the same length from one to another, both included',
    }),
    batches: Type.Array(Batch, { maxItems: 1000 }),
    validFrom: Day('First day of failure for which it is open'),
    validUntil: Nullable(Day('Last day; null: until it is withdrawn')),
    ...scope,
    classes: Classes,
    excludes: Excluded,
  },
  closed,
);

export const campaignExample: Static<typeof CampaignForm> = {
  models: ['SD-18V'],
  serials: [{ from: 'SD18-000100', to: 'SD18-000199' }],
  batches: [],
  validFrom: '2026-06-01',
  validUntil: null,
  components: ['motor'],
  except: [],
  classes: ['parts', 'labour', 'shipping'],
  excludes: [],
};

export const ExtensionForm = Type.Object(
  {
    id: Name('Name of the extension, unique for the unit', 'plus-12'),
    policy: PolicyId,
    lines: Type.Array(Name('A line of the policy', 'whole'), { minItems: 1, maxItems: 200 }),
    classes: Classes,
    boughtOn: Day('When it was bought: it is for failures from then on'),
    counts: Type.Enum(['onTop', 'fromPurchase'], {
      description: '`onTop` of the line’s own months and limit, or by itself from the purchase',
    }),
    months: Count('Months'),
    usage: Reading('In the unit of the line’s own limit'),
    usageAtPurchase: Usage,
    transfers: Transfers,
  },
  closed,
);

export const extensionExample: Static<typeof ExtensionForm> = {
  id: 'plus-12',
  policy: 'standard-2026',
  lines: ['whole'],
  classes: ['parts', 'labour'],
  boughtOn: '2026-05-20',
  counts: 'onTop',
  months: 12,
  usage: 0,
  usageAtPurchase: {},
  transfers: null,
};

export const ModelForm = Type.Object(
  { name: Line(200, 'What it is called', 'Cordless drill 18 V'), components: Components },
  closed,
);

export const Proof = Type.Object(
  {
    kind: Type.Enum(['invoice', 'receipt', 'deliveryNote', 'registrationCard', 'other']),
    sha256: Sha256,
  },
  { ...closed, description: 'The document that shows it, among the evidence of the account that gives it' },
);
