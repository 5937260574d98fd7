/** The OpenAPI document: valid, complete, and made from the schemas that validate. */
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { deadlineWords } from '../../api/deadline-view.ts';
import { eventRoutes } from '../../api/event-routes.ts';
import { patternInWords } from '../../api/form-words.ts';
import { problems } from '../../api/problems.ts';
import { actions } from '../../api/repair-actions.ts';
import { claimEvents } from '../../machines/claim-events.ts';
import { repairEvents } from '../../machines/repair-events.ts';
import { serviceTermTable } from '../../machines/service-terms.ts';
import { subscriptionMachine } from '../../machines/subscription.ts';
import { useApi } from './fixture.ts';

const api = useApi();

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: string[];
  readonly security?: Record<string, string[]>[];
  readonly parameters?: {
    readonly name: string;
    readonly in: string;
    readonly schema?: Schema;
    readonly required?: boolean;
  }[];
  readonly requestBody?: {
    readonly content: Record<
      string,
      { readonly schema: Schema; readonly example?: unknown; readonly examples?: unknown }
    >;
  };
  readonly responses: Record<
    string,
    {
      readonly description?: string;
      readonly content?: Record<
        string,
        { readonly schema: Schema; readonly example?: unknown; readonly examples?: unknown }
      >;
    }
  >;
}
type Schema = { readonly examples?: unknown[]; readonly [keyword: string]: unknown };

async function operations(): Promise<{ name: string; operation: Operation }[]> {
  const { body } = await api.call('GET', '/openapi.json');
  const paths = body['paths'] as Record<string, Record<string, Operation>>;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  );
}

describe('the OpenAPI document', () => {
  it('is where the bare address leads, as a page', async () => {
    const { status, headers } = await api.call('GET', '/');
    expect([status, headers['location']]).toEqual([302, '/reference']);
    expect((await api.call('GET', '/reference/')).text).toContain('/openapi.json');
  });

  it('has the route of every event that a refusal offers; the other events come from contracts', async () => {
    const names = (await operations()).map(({ name }) => name);
    const routes = Object.values(eventRoutes as Record<string, Record<string, string | null>>);
    for (const route of routes.flatMap((table) => Object.values(table))) {
      if (route !== null) expect(names).toContain(route);
    }
    const unoffered = (events: object, table: object) => Object.keys(events).filter((event) => !(event in table));
    const told = ['party.suspended', 'suspension.lifted', 'party.erased', 'message.refused'];
    expect(unoffered(claimEvents, eventRoutes.claim)).toEqual(['repair.ended', ...told]);
    expect(unoffered(repairEvents, eventRoutes.repair).toSorted()).toEqual(
      [...told, 'subscription.expired'].toSorted(),
    );
  });

  it('is version 3.1 and has every route of the API', async () => {
    const { body } = await api.call('GET', '/openapi.json');
    expect(body).toMatchObject({ openapi: '3.1.0', info: { title: 'Pacta' } });
    expect((await operations()).map(({ name }) => name).toSorted()).toEqual(
      [
        'GET /health',
        'GET /problems/{slug}',
        'GET /agreement',
        'GET /agreements/{version}',
        'POST /agreements',
        'GET /price-lists',
        'POST /price-lists',
        'POST /accounts',
        'GET /accounts/{accountId}',
        'GET /escalations',
        'POST /accounts/{accountId}/claim-files',
        'GET /accounts/{accountId}/edition-changes',
        'POST /accounts/{accountId}/edition-changes',
        'POST /accounts/{accountId}/edition-changes/withdrawal',
        'GET /accounts/{accountId}/suspensions',
        'POST /accounts/{accountId}/suspensions',
        'POST /accounts/{accountId}/suspensions/{reason}/lifting',
        'GET /claims',
        'GET /claims/{claimId}',
        'POST /claims/{claimId}/arbitration',
        'GET /accounts/{accountId}/claims',
        'POST /accounts/{accountId}/claims',
        'GET /accounts/{accountId}/claims/{claimId}',
        'GET /accounts/{accountId}/claims/{claimId}/evidence/{sha256}',
        'GET /accounts/{accountId}/service-levels',
        'PUT /accounts/{accountId}/service-levels/{name}',
        'POST /accounts/{accountId}/claims/{claimId}/decisions',
        'POST /accounts/{accountId}/claims/{claimId}/refusals',
        'POST /accounts/{accountId}/claims/{claimId}/goodwill',
        'POST /accounts/{accountId}/claims/{claimId}/goodwill-approvals',
        'POST /accounts/{accountId}/claims/{claimId}/goodwill-refusals',
        'POST /accounts/{accountId}/claims/{claimId}/facts',
        'POST /accounts/{accountId}/claims/{claimId}/information-requests',
        'POST /accounts/{accountId}/claims/{claimId}/information',
        'POST /accounts/{accountId}/claims/{claimId}/outcome',
        'POST /accounts/{accountId}/claims/{claimId}/fulfilment',
        'POST /accounts/{accountId}/claims/{claimId}/acceptance',
        'POST /accounts/{accountId}/claims/{claimId}/appeal',
        'POST /accounts/{accountId}/claims/{claimId}/dispute-rejection',
        'POST /accounts/{accountId}/claims/{claimId}/arbitration-request',
        'POST /accounts/{accountId}/claims/{claimId}/withdrawal',
        'GET /accounts/{accountId}/information',
        'PUT /accounts/{accountId}/information',
        'POST /accounts/{accountId}/confirmation',
        'POST /accounts/{accountId}/verification',
        'GET /accounts/{accountId}/orders',
        'GET /accounts/{accountId}/orders/{n}',
        'POST /accounts/{accountId}/renewals',
        'POST /accounts/{accountId}/renewals/{n}/verification',
        'POST /accounts/{accountId}/termination',
        'POST /accounts/{accountId}/disagreement',
        'GET /accounts/{accountId}/notices',
        'GET /accounts/{accountId}/export',
        'GET /accounts/{accountId}/models',
        'PUT /accounts/{accountId}/models/{modelId}',
        'GET /accounts/{accountId}/policies',
        'PUT /accounts/{accountId}/policies/{policyId}',
        'GET /accounts/{accountId}/campaigns',
        'PUT /accounts/{accountId}/campaigns/{campaignId}',
        'GET /accounts/{accountId}/units',
        'POST /accounts/{accountId}/units',
        'GET /accounts/{accountId}/units/{serial}',
        'PUT /accounts/{accountId}/units/{serial}',
        'POST /accounts/{accountId}/units/{serial}/owners',
        'GET /accounts/{accountId}/units/{serial}/owners/{n}/proof',
        'POST /accounts/{accountId}/evidence',
        'GET /accounts/{accountId}/evidence',
        'GET /accounts/{accountId}/evidence/{sha256}',
        'POST /accounts/{accountId}/units/{serial}/extensions',
        'GET /accounts/{accountId}/units/{serial}/coverage',
        'POST /accounts/{accountId}/registrations',
        'GET /accounts/{accountId}/owned-units',
        'GET /accounts/{accountId}/analysis/failure-rates',
        'GET /accounts/{accountId}/analysis/life',
        'GET /accounts/{accountId}/analysis/turnaround',
        'GET /accounts/{accountId}/analysis/repairs',
        'GET /accounts/{accountId}/analysis/costs',
        'GET /accounts/{accountId}/analysis/service-levels',
        'GET /accounts/{accountId}/analysis/parts-forecast',
        'GET /accounts/{accountId}/repairs',
        'GET /accounts/{accountId}/repairs/{repairId}',
        'GET /accounts/{accountId}/repairs/{repairId}/label',
        'GET /repairs',
        'GET /repairs/{repairId}',
        'POST /accounts/{accountId}/repairs/{repairId}/assignment',
        'POST /repairs/{repairId}/assignment',
        ...actions.map(({ path }) => `POST /accounts/{accountId}/repairs/{repairId}/${path}`),
        ...actions.filter(({ own }) => own === undefined).map(({ path }) => `POST /repairs/{repairId}/${path}`),
        'GET /accounts/{accountId}/service-center',
        'PUT /accounts/{accountId}/service-center',
        'GET /accounts/{accountId}/authorised-centers',
        'PUT /accounts/{accountId}/authorised-centers/{center}',
        'POST /accounts/{accountId}/authorised-centers/{center}/withdrawal',
        'GET /announcements',
        'POST /announcements',
        'POST /receipts',
        'GET /receipts',
        'GET /receipts/{receiptId}',
        'POST /receipts/{receiptId}/assignment',
        'POST /receipts/{receiptId}/refund',
        'POST /receipts/{receiptId}/refund/confirmation',
        'POST /webhooks/bank',
        'GET /certificates/{number}',
        'POST /clocks',
        'GET /clocks/{name}',
        'POST /clocks/{name}/advance',
      ].toSorted(),
    );
  });

  it('describes every route, with an example of what goes in and of what comes out', async () => {
    for (const { name, operation } of await operations()) {
      expect(operation.summary, name).toBeTruthy();
      expect(operation.description, name).toBeTruthy();
      expect(operation.tags, name).toHaveLength(1);
      for (const content of Object.values(operation.requestBody?.content ?? {})) {
        expect(hasExample(content), `${name}: body`).toBe(true);
      }
      const answers = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
      expect(answers.length, name).toBeGreaterThan(0);
      for (const [status, { content }] of answers) {
        const isFile = content !== undefined && 'application/pdf' in content;
        expect(isFile || hasExample(content?.['application/json']), `${name}: ${status}`).toBe(true);
      }
    }
  });

  it('lists the problems of every route, and only kinds that have a page', async () => {
    for (const { name, operation } of await operations()) {
      const errors = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
      expect(errors.length, name).toBeGreaterThan(1);
      for (const [status, response] of errors) {
        expect(Object.keys(response.content ?? {}), `${name}: ${status}`).toEqual(['application/problem+json']);
        for (const [, slug] of response.description!.matchAll(/\(`([a-z-]+)`\)/g)) {
          expect(problems, `${name}: ${status}`).toHaveProperty(slug!);
        }
      }
    }
  });

  it('says which routes need credentials, and that every command needs an Idempotency-Key', async () => {
    for (const { name, operation } of await operations()) {
      const isOpen = operation.security?.length === 0;
      expect('401' in operation.responses, name).toBe(!isOpen || name === 'POST /webhooks/bank');
      const isCommand = !name.startsWith('GET') && name !== 'POST /webhooks/bank';
      const key = operation.parameters?.find((parameter) => parameter.name === 'idempotency-key');
      expect(key?.required ?? false, name).toBe(isCommand);
    }
  });

  it('gives examples that are valid under its own schemas', async () => {
    for (const { name, operation } of await operations()) {
      const schemas = Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => schema);
      for (const response of Object.values(operation.responses)) {
        schemas.push(...Object.values(response.content ?? {}).map(({ schema }) => schema));
      }
      for (const schema of schemas) {
        for (const example of examplesOf(schema)) {
          expect([...Value.Errors(schema, example)], name).toEqual([]);
        }
      }
    }
  });

  it('has words for every pattern that it checks, so that no answer shows one', async () => {
    const found = new Set<string>();
    for (const { operation } of await operations()) {
      const bodies = Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => schema);
      for (const pattern of patternsIn([bodies, operation.parameters])) found.add(pattern);
    }
    expect(found.size).toBeGreaterThan(15);
    expect([...found].filter((pattern) => patternInWords(pattern) === undefined)).toEqual([]);
  });

  it('leaves room for what people write only where it goes into the vault, or is for everybody to read [V8]', async () => {
    const found = (await operations()).flatMap(({ name, operation }) =>
      Object.values(operation.requestBody?.content ?? {}).flatMap(({ schema }) =>
        freeTextsIn(schema).map((field) => `${name} ${field}`),
      ),
    );
    expect(found.toSorted()).toEqual([...intoTheVault, ...known, ...looked, ...forEverybody, ...catalogue].toSorted());
  });

  it('has a word for everything that falls due', () => {
    const { delays } = subscriptionMachine.implementations;
    const { assignmentDue, shippingDue, quotationValidity, advanceReturnDue, loanerReturnDue } = serviceTermTable;
    const terms = { assignmentDue, shippingDue, quotationValidity, advanceReturnDue, loanerReturnDue };
    for (const word of [...Object.keys(delays), ...Object.keys(terms)]) expect(deadlineWords).toHaveProperty(word);
  });

  it('has a page for people', async () => {
    const page = await api.call('GET', '/reference/');
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.text).not.toMatch(/https?:\/\/(?!api\.example)[a-z.]*(jsdelivr|unpkg|scalar\.com\/.*\.js)/);
  });
});

/** Of all schemas inside, however deep. */
function patternsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(patternsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'pattern' && typeof inner === 'string') return [inner];
    return key === 'examples' ? [] : patternsIn(inner);
  });
}

function hasExample(content: { schema: Schema; example?: unknown; examples?: unknown } | undefined): boolean {
  return (
    content !== undefined &&
    (content.example !== undefined ||
      content.examples !== undefined ||
      examplesOf(content.schema).length > 0 ||
      content.schema['type'] === 'array')
  );
}

function examplesOf(schema: Schema): unknown[] {
  return [...(schema.examples ?? []), ...('example' in schema ? [schema['example']] : [])];
}

const intoTheVault = [
  ...['POST /accounts', 'PUT /accounts/{accountId}/information'].flatMap((route) =>
    ['/contact/name', '/organisation/address', '/organisation/name'].map((field) => `${route} ${field}`),
  ),
  'POST /accounts/{accountId}/claims /description',
  'POST /receipts /payer',
  'POST /receipts /text',
  'POST /webhooks/bank /transactions/-/payer',
  'POST /webhooks/bank /transactions/-/text',
];
/** Read by a parser, which takes what has its form and refuses the rest. */
const looked = [
  'POST /accounts/{accountId}/claim-files ',
  'POST /accounts/{accountId}/units ',
  'POST /receipts /reference',
  'POST /receipts/{receiptId}/assignment /reference',
  'POST /agreements /terms/businessCalendar/timeZone',
  'POST /agreements /terms/timeZone',
  'PUT /accounts/{accountId}/service-levels/{name} /calendar/timeZone',
  ...['/deadOnArrival', '/lines/-'].flatMap((part) =>
    ['noLaterThan', 'rules'].map(
      (rules) => `PUT /accounts/{accountId}/policies/{policyId} ${part}/start/${rules}/-/plus`,
    ),
  ),
];
/** Names something that the contract has: another one is refused, and written nowhere. */
const known = ['/accounts/{accountId}/repairs', '/repairs'].flatMap((route) =>
  ['arrival', 'cancellation', 'use'].map((action) => `POST ${route}/{repairId}/parts/${action} /partId`),
);
/** By the operator, about the company. */
const forEverybody = [
  ...['bankAccount/accountNumber', 'bankAccount/bank', 'bankAccount/receivingUnit', 'counterparty/address'],
  ...['counterparty/name', 'terms/businessCalendar/name', 'text'],
]
  .map((field) => `POST /agreements /${field}`)
  .concat('POST /announcements /text', 'POST /announcements /title');
/** What a product is called: in Postgres, never in a contract. */
const catalogue = ['PUT /accounts/{accountId}/models/{modelId} /name'];

/** A line that may hold anything but control characters. */
const ANY_LINE = '^[^\\u0000-\\u001f\\u007f]*$';

/** Strings of a body that nothing but their length bounds, by their place in it. */
function freeTextsIn(schema: unknown, place = ''): string[] {
  if (schema === null || typeof schema !== 'object') return [];
  const { type, pattern, properties, items, anyOf, patternProperties, additionalProperties } = schema as {
    readonly [keyword: string]: unknown;
  };
  const isBounded = ['const', 'enum', 'format'].some((keyword) => keyword in schema);
  if (type === 'string') return !isBounded && (pattern === undefined || pattern === ANY_LINE) ? [place] : [];
  const isOpen = type === 'object' && (additionalProperties === undefined || additionalProperties === true);
  return [
    ...(isOpen ? [`${place}/(any name)`] : []),
    ...Object.entries((properties ?? {}) as object).flatMap(([name, of]) => freeTextsIn(of, `${place}/${name}`)),
    ...Object.values((patternProperties ?? {}) as object).flatMap((of) => freeTextsIn(of, `${place}/*`)),
    // What has a pattern for its names stands here in the document.
    ...freeTextsIn(additionalProperties, `${place}/*`),
    ...freeTextsIn(items, `${place}/-`),
    ...((anyOf ?? []) as unknown[]).flatMap((of) => freeTextsIn(of, place)),
  ];
}
