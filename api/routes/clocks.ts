/** Test clocks, on the local stack only: made, read, advanced. */
import type { FastifyReply } from 'fastify';
import { Type, type Static } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { findClock, findClockOfCommand, insertClock } from '../../db/clocks.ts';
import { ClockNotAllowed, ClockStuck } from '../../engine/clock.ts';
import { after } from '../../machines/calendar.ts';
import { contractNow } from '../contract-time.ts';
import type { Deps } from '../deps.ts';
import { ClockName, Instant } from '../fields.ts';
import { canonicalJson, commandId } from '../idempotency.ts';
import { errorResponses, Problem } from '../problems.ts';

/** Advances that are remembered, so that a repeated request does not advance again. */
const REMEMBERED = 1000;

/** `now` of a client whose request took a while, or whose clock is a little behind. */
const PAST_TOLERANCE_MS = 60_000;

const NewClock = Type.Object(
  { name: ClockName, at: Type.Optional(Instant('Where it starts; left out, now. Clocks only go forward')) },
  { additionalProperties: false, examples: [{ name: 'first-year' }, { name: 'leap', at: '2028-02-29T00:00:00.000Z' }] },
);
const Advance = Type.Object(
  {
    to: Type.Optional(Instant('Until when')),
    by: Type.Optional(
      Type.String({
        pattern:
          '^P(?!$)(\\d{1,3}Y)?(\\d{1,4}M)?(\\d{1,4}W)?(\\d{1,6}D)?(T(?=\\d)(\\d{1,6}H)?(\\d{1,8}M)?(\\d{1,9}(\\.\\d{1,3})?S)?)?$',
        description: 'By how much: an ISO 8601 duration',
      }),
    ),
  },
  { additionalProperties: false, examples: [{ by: 'P90D' }, { to: '2027-05-03T16:00:00.000Z' }] },
);
const ClockView = Type.Object(
  {
    name: ClockName,
    at: Instant('What all attached contracts have reached'),
    now: Instant('Its present: it runs on in real time'),
  },
  { examples: [{ name: 'leap', at: '2028-02-29T00:00:00.000Z', now: '2028-02-29T00:00:07.120Z' }] },
);
type ClockView = Static<typeof ClockView>;
const ClockParams = Type.Object({ name: ClockName });

export const clocks: FastifyPluginAsyncTypebox<Deps> = async (app, deps) => {
  const { db, options, now } = deps;
  const advances = new Map<string, { asked: string; to: Promise<Date>; reached?: Promise<void> | undefined }>();

  app.addHook('preHandler', async () => {
    if (!options.testClocks) throw new Problem('test-clocks-off');
  });

  app.post(
    '/clocks',
    {
      config: { access: 'operator', command: true },
      schema: {
        tags: ['Test clocks'],
        summary: 'Make a test clock',
        description:
          'Accounts that name it when they register live by it, together. Under another key a name is taken once its clock exists, unless that clock still stands at the `at` that is given.',
        body: NewClock,
        response: {
          201: ClockView,
          ...errorResponses(
            'body',
            'idempotency-key-missing',
            'idempotency-key-reused',
            'forbidden',
            'test-clocks-off',
            'already-exists',
            'before-now',
          ),
        },
      },
    },
    async (request, reply) => {
      const { name, at } = request.body;
      const command = commandId(request, '');
      const asked = canonicalJson(request.body);
      if (await wasMade(command, asked)) return made(reply, name);
      const start = at === undefined ? now() : new Date(at);
      if (start.getTime() < now().getTime() - PAST_TOLERANCE_MS) {
        throw new Problem('before-now', {
          field: '/at',
          detail: 'Temporal moves clocks forward only: start it now or later.',
        });
      }
      const isNew = await insertClock(db, name, start.toISOString(), now().toISOString(), { command, asked });
      // The same request, sent twice at once.
      if (isNew || (await wasMade(command, asked))) return made(reply, name);
      const clock = await findClock(db, name);
      if (at === undefined || clock?.at !== start.toISOString())
        throw new Problem('already-exists', { field: '/name' });
      return made(reply, name);
    },
  );

  app.get(
    '/clocks/:name',
    {
      config: { access: 'operator' },
      schema: {
        tags: ['Test clocks'],
        summary: 'A test clock',
        description: 'How far it has come.',
        params: ClockParams,
        response: { 200: ClockView, ...errorResponses('invalid-request', 'forbidden', 'test-clocks-off', 'not-found') },
      },
    },
    async (request) => view(request.params.name),
  );

  app.post(
    '/clocks/:name/advance',
    {
      config: { access: 'operator', command: true },
      schema: {
        tags: ['Test clocks'],
        summary: 'Advance a test clock',
        description:
          'Moves all contracts on the clock together, deadline by deadline, and answers when everything that fell due has happened. Give `to` or `by`.',
        params: ClockParams,
        body: Advance,
        response: {
          200: ClockView,
          ...errorResponses(
            'body',
            'idempotency-key-missing',
            'idempotency-key-reused',
            'forbidden',
            'test-clocks-off',
            'not-found',
            'before-now',
            'timed-out',
          ),
        },
      },
    },
    async (request) => {
      const { name } = request.params;
      const id = commandId(request, `clock:${name}`);
      const asked = JSON.stringify(request.body);
      const advanced = advances.get(id) ?? { asked, to: target(name, request.body) };
      if (advanced.asked !== asked) throw new Problem('idempotency-key-reused', { field: 'Idempotency-Key' });
      // Clocks are of one local stack with one API process: memory is enough to know a repetition. One that did not get
      // there goes on to the same instant: `by` is not counted again from where it came to.
      advances.set(id, advanced);
      if (advances.size > REMEMBERED) advances.delete(advances.keys().next().value!);
      advanced.to.catch(() => advances.delete(id));
      advanced.reached ??= advanced.to.then((to) => advance(name, to));
      advanced.reached.catch(() => {
        advanced.reached = undefined;
      });
      await advanced.reached;
      return view(name);
    },
  );

  /** Whether this command has made its clock. The body is compared: a key belongs to one. */
  async function wasMade(command: string, asked: string): Promise<boolean> {
    const made = await findClockOfCommand(db, command);
    if (made && made.asked !== asked) throw new Problem('idempotency-key-reused', { field: 'Idempotency-Key' });
    return made !== undefined;
  }

  async function target(name: string, { to, by }: { to?: string; by?: string }): Promise<Date> {
    if ((to === undefined) === (by === undefined)) {
      throw new Problem('invalid-request', { field: 'body', detail: 'Give either `to` or `by`.' });
    }
    const clock = await findClock(db, name);
    if (!clock) throw new Problem('not-found');
    const present = await contractNow(db, name, now());
    const wanted = to === undefined ? new Date(after(present.toISOString(), by!, 'UTC')) : new Date(to);
    // `to` what was reached last is a repetition; anything else in the past is a mistake.
    if (wanted <= present && wanted.toISOString() !== clock.at) {
      throw new Problem('before-now', {
        field: to === undefined ? '/by' : '/to',
        detail: `The clock stands at ${present.toISOString()}.`,
      });
    }
    return wanted;
  }

  async function advance(name: string, to: Date): Promise<void> {
    try {
      await deps.clocks.advance(name, to);
    } catch (error) {
      if (error instanceof ClockNotAllowed) throw new Problem('test-clocks-off', {}, { cause: error });
      if (error instanceof ClockStuck) {
        throw new Problem(
          'timed-out',
          { detail: `The clock has come to ${error.at}. Advance again to go on.` },
          { cause: error, retryAfter: 1 },
        );
      }
      throw error;
    }
  }

  async function made(reply: FastifyReply, name: string): Promise<ClockView> {
    const clock = await view(name);
    reply.code(201).header('location', `/clocks/${name}`);
    return clock;
  }

  async function view(name: string): Promise<ClockView> {
    const clock = await findClock(db, name);
    if (!clock) throw new Problem('not-found');
    return { name, at: clock.at, now: (await contractNow(db, name, now())).toISOString() };
  }
};
