/** Turns whatever a route throws into problem details. The only place where an error becomes an answer. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { isAccountErased } from '../db/accounts.ts';
import { fromEngine } from './engine-errors.ts';
import { formatInWords, patternInWords } from './form-words.ts';
import { Problem, unsupportedMediaType } from './problems.ts';

const PROBLEM_JSON = 'application/problem+json; charset=utf-8';

export const errorAnswers = fp(
  async (app: FastifyInstance) => {
    app.setErrorHandler((error: FastifyError, request, reply) => {
      const problem = problemOf(error, request);
      if (problem.status >= 500) {
        request.log.error({ problem: problem.slug, error: withoutValues(problem.cause ?? error) }, problem.message);
      }
      if (problem.status === 401 && problem.slug === 'unauthorized') {
        reply.header('www-authenticate', ['Bearer realm="Pacta"', 'Basic realm="Pacta", charset="UTF-8"']);
      }
      if (problem.retryAfter !== undefined) reply.header('retry-after', String(problem.retryAfter));
      return answered(problem, request, reply);
    });
    app.setNotFoundHandler(() => {
      throw new Problem('not-found');
    });
  },
  { name: 'errors' },
);

/** An address that Fastify refuses before any route: too long a part, or not to be decoded. Its own answer would repeat it. */
export function unreadableAddress({ code }: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const detail = 'The address has a percent sign that begins no character: encode it as UTF-8.';
  const isUnreadable = code === 'FST_ERR_BAD_URL';
  const problem = isUnreadable ? new Problem('invalid-request', { field: 'path', detail }) : new Problem('not-found');
  void answered(problem, request, reply);
}

/** Not validated by a response schema: an answer about an error must not fail on its own form. */
function answered(problem: Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .code(problem.status)
    .type(PROBLEM_JSON)
    .serializer((body: unknown) => JSON.stringify(body))
    .send(problem.toJSON(request.id));
}

/** Refused or broken connections, and Postgres while it starts or stops (SQLSTATE classes 08 and 57P). */
function isDatabaseAway(error: Error & { code?: string }): boolean {
  const code = error.code ?? '';
  return /^(ECONN|EPIPE|ETIMEDOUT|08|57P)/.test(code) || error.message.startsWith('Connection terminated');
}

function problemOf(error: FastifyError, { routeOptions }: FastifyRequest): Problem {
  if (error instanceof Problem) return error;
  // A write that met the erasure of its account half-way.
  if (isAccountErased(error)) return new Problem('account-erased');
  if (error.validation) return fromValidation(error);
  const engine = fromEngine(error);
  if (engine) return engine;
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('body-too-large', {
        field: 'body',
        detail: `It may have ${inBytes(routeOptions.bodyLimit)}.`,
      });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return unsupportedMediaType(routeOptions.schema?.consumes ?? ['application/json']);
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new Problem('invalid-request', { field: 'body', detail: 'The body is empty; send a JSON object.' });
    case 'FST_UNDER_PRESSURE':
      return new Problem('too-busy', {}, { retryAfter: 5 });
  }
  if (isDatabaseAway(error)) return new Problem('engine-unavailable', {}, { cause: error, retryAfter: 2 });
  if (error.statusCode === 400) {
    return new Problem('invalid-request', { field: 'body', detail: 'The body is not JSON that can be read.' });
  }
  return new Problem('internal', {}, { cause: error });
}

/** `20 MiB at most`, in the largest unit that divides it. */
function inBytes(limit: number): string {
  const [unit, size] = (
    [
      ['MiB', 2 ** 20],
      ['KiB', 2 ** 10],
      ['bytes', 1],
    ] as const
  ).find((one) => limit % one[1] === 0)!;
  return `${limit / size} ${unit} at most`;
}

/** Names the field and what is expected there; never what was sent. */
function fromValidation(error: FastifyError): Problem {
  const first = error.validation![0]!;
  const part = error.validationContext ?? 'body';
  const params = first.params as Record<string, unknown>;
  const below = first.instancePath.split('/').filter(Boolean);
  const named = params['missingProperty'] ?? params['additionalProperty'];
  if (typeof named === 'string') below.push(nameOnly(named));
  if (part === 'headers' && below[0]?.toLowerCase() === 'idempotency-key') {
    const slug = first.keyword === 'required' ? 'idempotency-key-missing' : 'invalid-request';
    const detail = 'It has 8 to 255 visible ASCII characters; a new random UUID for each command does.';
    return new Problem(slug, { field: 'Idempotency-Key', detail });
  }
  const field = part === 'body' ? `/${below.join('/')}` : below.join('.') || part;
  return new Problem('invalid-request', { field: field === '/' ? 'body' : field, detail: expectation(first) });
}

function expectation(first: NonNullable<FastifyError['validation']>[number]): string {
  const params = first.params as Record<string, unknown>;
  switch (first.keyword) {
    case 'required':
      return 'It is missing.';
    case 'additionalProperties':
      return 'It is not known here; leave it out.';
    case 'enum':
      return `It must be one of ${(params['allowedValues'] as unknown[]).map(String).join(', ')}.`;
    case 'pattern':
      return inWords(patternInWords(String(params['pattern'])));
    case 'format':
      return inWords(formatInWords(String(params['format'])));
    default:
      return `It ${first.message ?? 'does not have the right form'}.`;
  }
}

function inWords(words: string | undefined): string {
  return words === undefined ? 'It does not have the right form.' : `It must be ${words}.`;
}

/** A property name that the caller made up may be anything, personal data too. */
function nameOnly(name: string): string {
  return /^[A-Za-z][A-Za-z0-9_-]{0,39}$/.test(name) ? name : '(a name that is not known)';
}

/** What may be logged of an unexpected error: messages of drivers can quote rows, so only class, code and stack frames. */
function withoutValues(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const code = (error as { code?: unknown }).code;
  return {
    type: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    frames: error.stack
      ?.split('\n')
      .filter((line) => line.startsWith('    at '))
      .slice(0, 12)
      .join('\n'),
  };
}
