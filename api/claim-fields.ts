/** Schemas of claims as they cross the API's edge [W2]. */
import { Type, type Static } from 'typebox';
import { AccountNumber, AccountParams, Currency, Day, Instant, Nullable, Region, Sha256 } from './fields.ts';
import { Cause, ModelId, Name, Serial, Usage } from './warranty-fields.ts';

const closed = { additionalProperties: false } as const;

export const ClaimId = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  description: 'The claim’s id, given when it is filed',
  examples: ['5f0c1c1e-5a1b-8c3d-9e4f-0123456789ab'],
});
export const ClaimParams = Type.Object({ ...AccountParams.properties, claimId: ClaimId });

const LineForm = Type.Object(
  {
    component: Type.Optional(Nullable(Name('The component that failed; null: not known', 'motor'))),
    cause: Type.Optional(Cause),
    usage: Type.Optional(Usage),
  },
  closed,
);
export type LineForm = Static<typeof LineForm>;

export const ClaimForm = Type.Object(
  {
    manufacturer: Type.Optional(AccountNumber('the manufacturer')),
    serial: Serial,
    failedOn: Day('Day of the failure'),
    region: Type.Optional(
      Region('Where the unit is, for the choice of a service center; by default where its owner has it'),
    ),
    lines: Type.Array(LineForm, {
      minItems: 1,
      maxItems: 100,
      description: 'What failed; each is decided by itself, and named l1, l2 … in this order',
    }),
    description: Type.Optional(
      Type.String({ minLength: 1, maxLength: 5000, description: 'What happened, in words; kept in the vault' }),
    ),
    evidence: Type.Optional(Type.Array(Sha256, { maxItems: 100, uniqueItems: true, description: 'Uploaded files' })),
    recovers: Type.Optional(ClaimId),
  },
  {
    ...closed,
    examples: [
      {
        manufacturer: '10000017',
        serial: 'SD18-000123',
        failedOn: '2027-06-01',
        region: 'CN-GD',
        lines: [{ component: 'motor', cause: 'defect', usage: { hours: 120 } }],
        description: 'The motor smells burnt and does not start.',
      },
    ],
  },
);

const Share = Type.Object(
  { part: Type.Integer(), whole: Type.Integer() },
  { description: 'What coverage pays, as a fraction: 0/1 nothing, 1/1 in full' },
);
const Shares = Type.Object({ parts: Share, labour: Share, shipping: Share });

export const ClaimLineView = Type.Object({
  lineId: Type.String(),
  component: Nullable(Type.String()),
  cause: Type.String(),
  usage: Type.Record(Type.String(), Type.Number()),
  shares: Nullable(Shares),
  reasons: Type.Array(Type.String(), {
    description: 'What speaks for and against cover, in codes; `notAssessed`: coverage could not be asked',
  }),
  needs: Type.Array(Type.String(), { description: 'Facts that could still bring more cover' }),
  repeatOf: Nullable(Type.String({ description: 'The claim whose repair did not last' })),
  verdict: Nullable(Type.String({ description: 'covered, partlyCovered, notCovered, goodwill, refused' })),
  goodwill: Type.Integer({
    description: 'What is paid, or offered, beyond coverage, in minor units of the claim’s currency',
  }),
  refusal: Nullable(Type.String()),
  decidedBy: Nullable(Type.String({ description: 'For the manufacturer only' })),
  approvedBy: Nullable(Type.String({ description: 'For the manufacturer only' })),
  decidedAt: Nullable(Instant('When it was decided')),
});

export const DecisionView = Type.Object({
  n: Type.Integer(),
  lineId: Type.String(),
  round: Type.String({ description: 'decision, appeal, arbitration' }),
  verdict: Type.String(),
  goodwill: Type.Integer(),
  refusal: Nullable(Type.String()),
  decidedAt: Instant('When it was decided'),
});

export const ClockView = Type.Object(
  {
    clock: Type.String(),
    state: Type.String({ description: 'running, paused, stopped' }),
    pausedFor: Type.Array(Type.String()),
    target: Type.String({ description: 'In business days or business time, ISO 8601' }),
    elapsed: Type.Number({ description: 'How much has passed of the target, in `unit`' }),
    unit: Type.Enum(['businessDays', 'milliseconds'], {
      description: 'Of `elapsed`: as the target, business days, with fractions, or business time, in milliseconds',
    }),
    due: Nullable(Instant('When the target was or will be reached')),
    outcome: Type.String({ description: 'open, kept, breached' }),
    reached: Type.Array(Type.Object({ kind: Type.String(), duration: Type.String(), at: Instant('When') }), {
      description: 'Reminders, the target and escalations that were told',
    }),
  },
  { description: 'Computed from the audit’s entries, which is what ran' },
);

export const ClaimListed = Type.Object(
  {
    claimId: ClaimId,
    manufacturer: Nullable(AccountNumber('the manufacturer')),
    serial: Serial,
    model: ModelId,
    failedOn: Day('Day of the failure'),
    openedAt: Instant('When it was filed'),
    state: Type.String(),
    words: Type.String({ description: 'The state in words' }),
    round: Type.String(),
    outcome: Nullable(Type.String()),
    closedAt: Nullable(Instant('When it was closed')),
  },
  {
    examples: [
      {
        claimId: '5f0c1c1e-5a1b-8c3d-9e4f-0123456789ab',
        manufacturer: '10000017',
        serial: 'SD18-000123',
        model: 'SD-18V',
        failedOn: '2027-06-01',
        openedAt: '2027-06-02T02:00:00.000Z',
        state: 'deciding',
        words: 'A person decides the lines, and what the claim comes to, within the service level',
        round: 'decision',
        outcome: null,
        closedAt: null,
      },
    ],
  },
);

export const ClaimView = Type.Object(
  {
    ...ClaimListed.properties,
    batch: Nullable(Type.String()),
    region: Nullable(Region('Where the unit is')),
    currency: Currency,
    customer: Nullable(AccountNumber('the customer; null where there is none, or not any more')),
    nextDueAt: Nullable(Instant('The next moment at which it goes on by itself')),
    information: Type.Array(Type.String(), { description: 'What the customer is asked for' }),
    duplicateOf: Nullable(ClaimId),
    deadOnArrival: Type.Boolean(),
    signals: Type.Array(Type.String(), { description: 'Signs of fraud; for the manufacturer only' }),
    recovers: Nullable(ClaimId),
    description: Nullable(
      Type.String({ description: 'From the vault; null when there is none, or its writer is erased' }),
    ),
    evidence: Type.Array(Type.Object({ sha256: Sha256, addedAt: Instant('When') })),
    lines: Type.Array(ClaimLineView),
    decisions: Type.Array(DecisionView),
    clocks: Type.Array(ClockView),
  },
  {
    examples: [
      {
        ...(ClaimListed as unknown as { examples: [object] }).examples[0],
        batch: null,
        region: 'CN-GD',
        currency: 'CNY',
        customer: '10000042',
        nextDueAt: null,
        information: [],
        duplicateOf: null,
        deadOnArrival: false,
        signals: [],
        recovers: null,
        description: null,
        evidence: [],
        lines: [],
        decisions: [],
        clocks: [],
      },
    ],
  },
);
