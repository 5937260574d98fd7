/** Schemas of single values as they cross the API's edge, with what they mean. */
import { Type } from 'typebox';
import { editions, roles } from '../machines/agreement.ts';

export const Instant = (description: string) =>
  Type.String({ format: 'date-time', description, examples: ['2027-03-10T16:00:00.000Z'] });

export const Day = (description: string) => Type.String({ format: 'date', description, examples: ['2027-03-10'] });

export const Minor = (description: string) =>
  Type.Integer({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: `${description}, in minor units`,
    examples: [1200000],
  });

export const Currency = Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217 code', examples: ['CNY'] });
/** Typed by a person: a code that is none, such as RMB, is a slip. */
export const KnownCurrency = Type.String({ ...Currency, format: 'currency' });

/** Where something is, no finer than this. */
export const regionPattern = '^[A-Z]{2}(-[A-Z0-9]{1,3})?$';
export const Region = (description: string) =>
  Type.String({ pattern: regionPattern, description: `${description}: ISO 3166-2 code`, examples: ['CN-GD'] });

export const Role = Type.Enum(roles, { description: 'Users under this agreement (§2)', examples: ['manufacturer'] });
export const Edition = Type.Enum(editions, {
  description: 'Of the manufacturer’s platform (§2)',
  examples: ['professional'],
});

/** A value that may be missing, in a form that code generators understand. */
export const Nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const AgreementVersionName = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$',
  description: 'Name of a version of the agreement',
  examples: ['2027-01'],
});

export const AccountId = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  description: 'The account’s id, given at registration',
  examples: ['2f1d4c1e-5a1b-8c3d-9e4f-0123456789ab'],
});
/** How parties are named: whoever deals with an account knows its number, and nobody else its id. */
export const AccountNumber = (whose: string) =>
  Type.String({ pattern: '^[0-9]{1,20}$', description: `Account number of ${whose}`, examples: ['10000017'] });
export const AccountParams = Type.Object({ accountId: AccountId });

export const OrderNumber = Type.String({
  pattern: '^[1-9][0-9]{0,5}$',
  description: 'Number of the order within the account',
  examples: ['1'],
});

export const ReceiptId = Type.String({
  pattern: '^[0-9a-f]{40}$',
  description: 'Derived from source and bank transaction: the same transaction has the same id, for ever',
  examples: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b'],
});
export const ReceiptParams = Type.Object({ receiptId: ReceiptId });

export const ClockName = Type.String({
  pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
  description: 'Name of a test clock',
  examples: ['first-year'],
});

/** A line that people wrote: no control characters, so that it cannot break out of a page, a log or a mail header. */
export const Line = (maxLength: number, description: string, example: string) =>
  Type.String({ minLength: 1, maxLength, pattern: '^[^\\u0000-\\u001f\\u007f]*$', description, examples: [example] });

/** A bank's id of a transaction: what people write does not belong here. */
export const BankTransactionId = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._:/+-]{0,99}$',
  description: 'The bank’s id of the transaction',
  examples: ['BOC-20270301-000123'],
});

export const Sha256 = Type.String({
  pattern: '^[0-9a-f]{64}$',
  description: 'SHA-256 of the bytes of a file, lower-case hex',
  examples: ['0'.repeat(64)],
});

/** What a command answers with: the contract after it. A read that follows sees at least this. */
export const CommandAnswer = Type.Object(
  {
    state: Type.String({ description: 'The contract’s state in words' }),
    sequence: Type.Integer({ description: 'Number of the step that this command led to' }),
    readable: Type.Boolean({ description: 'False (with status 202): it is taken, but reads may not show it yet' }),
  },
  { examples: [{ state: 'Waiting for payment of the registration order', sequence: 7, readable: true }] },
);
