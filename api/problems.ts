/**
 * Everything that the API can answer instead of what was asked, as RFC 9457 problem details: one table, one error class.
 * A problem never repeats a value that the caller sent, because values may be personal data; it names the field.
 */
import { Type, type Static } from 'typebox';

/** Slug → title, HTTP status, and the text that `GET /problems/:slug` gives. */
export const problems = {
  'invalid-request': {
    status: 400,
    title: 'The request is not well formed',
    text: 'A part of the request does not have the form that the API reference gives. `field` names it and `detail` says what is expected there; nothing was changed.',
  },
  'idempotency-key-missing': {
    status: 400,
    title: 'The command needs an Idempotency-Key',
    text: 'Send a header `Idempotency-Key` of 8 to 255 visible ASCII characters, a new random UUID for each thing that you want done, and the same one again when you repeat a request whose answer you did not get.',
  },
  unauthorized: {
    status: 401,
    title: 'Credentials are missing or wrong',
    text: 'Send `Authorization: Bearer …` with the token that the registration answered with, or with the operator key.',
  },
  'bad-signature': {
    status: 401,
    title: 'The signature of the webhook is not valid',
    text: 'The bank signs `<t>.<raw body>` with HMAC-SHA256 and sends `Bank-Signature: t=<unix seconds>,v1=<hex>`. The time stamp may be 5 minutes off at most. Two secrets are valid while one replaces the other.',
  },
  forbidden: {
    status: 403,
    title: 'These credentials do not permit this',
    text: 'Some commands are the operator’s, and some are only the account’s own, such as confirming the agreement. `detail` says whose this is.',
  },
  'not-entitled': {
    status: 403,
    title: 'The account may not use this function now',
    text: 'Each function of the platform belongs to a role and an edition, and is on while the service is: `detail` says which edition includes it, `state` how the contract stands. A payment opens it where the service is off; `POST /accounts/{accountId}/edition-changes` asks for a higher edition.',
  },
  'not-exportable': {
    status: 403,
    title: 'The account has nothing to export in this state',
    text: 'Export is open while the account is in force, in its overdue days and while it winds down.',
  },
  'test-clocks-off': {
    status: 403,
    title: 'This server has no test clocks',
    text: 'Contract time is real time here. Test clocks exist on the local stack only, whose Temporal server can skip time.',
  },
  'not-found': {
    status: 404,
    title: 'There is nothing here',
    text: 'The address is unknown, or what it names is not yours to see.',
  },
  'not-acceptable': {
    status: 406,
    title: 'None of the accepted media types can be given',
    text: 'Pages are given as application/json and as text/html, figures of data analysis also as text/csv.',
  },
  'event-refused': {
    status: 409,
    title: 'The contract does not take this now',
    text: 'The contract is in a state in which the agreement does not provide for this. `state` says in words which, or `field` what does not agree with it; `accepted` lists what somebody could send now, `routes` where; nothing was changed.',
  },
  'not-ready': {
    status: 409,
    title: 'This is not there yet',
    text: 'What is asked for comes later in the life of the contract. `state` says in words where that stands, and `detail` what has to happen first.',
  },
  'already-ended': {
    status: 409,
    title: 'The contract has ended',
    text: 'A contract that has ended takes no commands; `state` says how it ended. After an agreement, a new registration makes a new one.',
  },
  'transaction-differs': {
    status: 409,
    title: 'This bank transaction is known with other particulars',
    text: 'A transaction of a bank counts once, for ever. The one that is stored under this id has another amount or currency, and stays as it is.',
  },
  'already-exists': {
    status: 409,
    title: 'This exists already, and differs',
    text: 'What was published or created under this name stays as it is: agreement versions, clocks, warranty policies, and what is known of a unit. Use another name.',
  },
  'before-now': {
    status: 409,
    title: 'A clock only moves forward',
    text: 'A test clock can be advanced to an instant after its present one.',
  },
  'account-erased': {
    status: 410,
    title: 'The account was erased',
    text: 'All data under the account is gone, as the agreement says. What remains is its number and a certificate without personal data.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    text: 'Most requests may have 64 KiB, a file of units 16 MiB, a file of evidence 20 MiB. `detail` says how much this one may have.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body is of another kind',
    text: 'Send the body as JSON with `Content-Type: application/json`, and a file of rows with `Content-Type: text/csv`.',
  },
  'unsupported-evidence': {
    status: 415,
    title: 'Files of this kind are not taken as evidence',
    text: 'Photos as JPEG, PNG, WebP or HEIC and documents as PDF are taken. The kind is found by the content: a header or a name says nothing. Convert the file, or print it to PDF.',
  },
  'other-agreement': {
    status: 422,
    title: 'Another agreement is needed',
    text: 'This agreement is for manufacturers, customers and service centers. Industrial resources sign the Industrial Resource Agreement (clause E1, §2).',
  },
  'unknown-agreement-version': {
    status: 422,
    title: 'This agreement version is not the one in effect',
    text: 'GET /agreement gives the version in effect with the hash of its text. Name both as they stand there.',
  },
  'unknown-clock': {
    status: 422,
    title: 'There is no test clock of this name',
    text: 'Make one with POST /clocks, and name it when an account registers.',
  },
  'invalid-terms': {
    status: 422,
    title: 'The terms of the agreement version are not valid',
    text: 'Each override must name a known term and have its form. `field` names the one that does not.',
  },
  'invalid-reference': {
    status: 422,
    title: 'This is not a payment reference',
    text: 'A payment reference carries check digits; this one does not fit them. It is printed on the order page.',
  },
  'infected-evidence': {
    status: 422,
    title: 'The scanner found something harmful in the file',
    text: 'The file was not stored. Make the photo or the document anew on a clean device; print a document to PDF.',
  },
  'unknown-evidence': {
    status: 422,
    title: 'The account has no evidence of this digest',
    text: 'A document is uploaded before it is named: POST /accounts/{accountId}/evidence answers with the SHA-256 to name it by. It has to be in the account that names it.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The Idempotency-Key was used for something else',
    text: 'A key belongs to one command with one body. Repeat the first request unchanged, or send a new key.',
  },
  'machine-fault': {
    status: 500,
    title: 'The contract stopped on a fault',
    text: 'The contract’s statechart failed. It keeps its state and goes on when an operator has repaired it; nothing is lost. Repeat the request with the same Idempotency-Key later.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong in the server',
    text: 'The log has it under the id in `instance`. A repeated request with the same Idempotency-Key does nothing twice.',
  },
  'engine-unavailable': {
    status: 503,
    title: 'The contracts cannot be reached at this moment',
    text: 'Temporal, its workers or the database are away or too busy. Repeat the request with the same Idempotency-Key.',
  },
  'too-busy': {
    status: 503,
    title: 'The server is under pressure',
    text: 'Repeat the request after the seconds in `Retry-After`.',
  },
  'scanner-away': {
    status: 503,
    title: 'Files cannot be scanned at this moment',
    text: 'Nothing is stored unscanned. Repeat the request after the seconds in `Retry-After`.',
  },
  'timed-out': {
    status: 504,
    title: 'The answer did not come in time',
    text: 'The command may have been carried out. Repeat it with the same Idempotency-Key to get its answer.',
  },
  'storage-full': {
    status: 507,
    title: 'There is no room for the file',
    text: 'The file was not stored. The log tells the operator; repeat the request later.',
  },
} as const satisfies Record<string, { status: number; title: string; text: string }>;

export type ProblemSlug = keyof typeof problems;

/** The body of every answer that is not what was asked. */
export const ProblemDetails = Type.Object(
  {
    type: Type.String({ description: 'Address of a page about this kind of problem' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.Optional(Type.String({ description: 'What happened this time, and the way out' })),
    instance: Type.String({ description: 'Id of the request, as it stands in the log' }),
    field: Type.Optional(
      Type.String({ description: 'Which part of the request: a JSON pointer, a header or a parameter' }),
    ),
    state: Type.Optional(Type.String({ description: 'State of the contract in words' })),
    accepted: Type.Optional(
      Type.Array(Type.String(), { description: 'Events that the contract would take now, and that somebody can send' }),
    ),
    routes: Type.Optional(
      Type.Record(Type.String(), Type.String(), { description: 'By which route each of them is sent' }),
    ),
    notBefore: Type.Optional(Type.String({ description: 'When the contract begins to take this' })),
    certificate: Type.Optional(Type.String({ description: 'Path of the certificate of erasure' })),
  },
  { title: 'Problem', description: 'Problem details, RFC 9457' },
);
export type ProblemDetails = Static<typeof ProblemDetails>;

type Extras = Partial<Omit<ProblemDetails, 'type' | 'title' | 'status' | 'instance'>>;

/** Thrown anywhere below a route; the error handler turns it into the answer. Carries no value that a caller sent. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly slug: ProblemSlug;
  readonly extras: Extras;
  /** Seconds after which a repetition makes sense. */
  readonly retryAfter: number | undefined;

  constructor(slug: ProblemSlug, extras: Extras = {}, options: { cause?: unknown; retryAfter?: number } = {}) {
    super(extras.detail ?? problems[slug].title, { cause: options.cause });
    this.slug = slug;
    this.extras = extras;
    this.retryAfter = options.retryAfter;
  }

  get status(): number {
    return problems[this.slug].status;
  }

  /** @param requestId the id under which the log has the request */
  toJSON(requestId: string): ProblemDetails {
    const { status, title } = problems[this.slug];
    return { type: `/problems/${this.slug}`, title, status, instance: `urn:uuid:${requestId}`, ...this.extras };
  }
}

/** @param kinds media types of the bodies that the route takes */
export function unsupportedMediaType(kinds: readonly string[]): Problem {
  const kind = kinds.length === 1 ? `the header \`Content-Type: ${kinds[0]}\`` : `one of ${kinds.join(', ')}`;
  return new Problem('unsupported-media-type', { field: 'Content-Type', detail: `Send the body with ${kind}.` });
}

const WITH_BODY = [
  'invalid-request',
  'body-too-large',
  'unsupported-media-type',
] as const satisfies readonly ProblemSlug[];
const ALWAYS = ['internal', 'too-busy'] as const satisfies readonly ProblemSlug[];

/**
 * The error responses of a route for its schema: the named problems by status, besides those that every route can have.
 * @param slugs what this route answers with; `'body'` stands for all that comes with a request body
 */
export function errorResponses(...slugs: readonly (ProblemSlug | 'body')[]): Record<number, unknown> {
  const all = new Set<ProblemSlug>([...slugs.flatMap((slug) => (slug === 'body' ? WITH_BODY : [slug])), ...ALWAYS]);
  const byStatus = Map.groupBy(all, (slug) => problems[slug].status);
  return Object.fromEntries(
    [...byStatus].map(([status, those]) => [
      status,
      {
        description: those.map((slug) => `${problems[slug].title} (\`${slug}\`)`).join('. '),
        content: {
          'application/problem+json': {
            schema: {
              ...ProblemDetails,
              examples: [new Problem(those[0]!).toJSON('0d6a1f52-7f0e-4c53-9f51-0a8c9b1f9a10')],
            },
          },
        },
      },
    ]),
  );
}
