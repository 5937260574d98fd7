/** The API over a real, empty Postgres, with an engine that answers what the test says. No worker: contracts do not move. */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterAll, beforeAll } from 'vitest';
import { postgresReader, type PostgresReader } from '../../activities/store-reader.ts';
import { buildApp } from '../../api/app.ts';
import { ensureFirstAgreement } from '../../api/first-agreement.ts';
import { noScanner, type Scanner } from '../../api/scanner.ts';
import { createDatabase as openDatabase, type Db } from '../../db/database.ts';
import { fileStore } from '../../db/files.ts';
import { fileKeyStore, type KeyStore } from '../../db/keys.ts';
import { createVault, type Vault } from '../../db/vault.ts';
import type { Answer } from '../../engine/protocol.ts';
import { createDatabase, folder } from '../support/stack.ts';

export const OPERATOR_KEY = 'operator-key-for-tests-0123456789';
export const SECRETS = ['the-bank-secret-in-use', 'the-bank-secret-to-come'] as const;

export interface Sent {
  readonly instance: string;
  readonly event: { readonly type: string; readonly [name: string]: unknown };
  readonly id: string;
}

export interface Api {
  app: FastifyInstance;
  db: Db;
  keys: KeyStore;
  vault: Vault;
  /** Where uploaded files are stored. */
  filesDir: string;
  /** What looks into them; by default nothing does. */
  scanner: Scanner;
  /** What was sent to the engine, in order. */
  sent: Sent[];
  /** What the engine does next; by default it takes everything. */
  engine: (sent: Sent) => Answer;
  advances: { name: string; to: string }[];
  /** Lines of the log. */
  log: string[];
  /** Real time for the API. */
  now: Date;
  call(method: 'GET' | 'POST' | 'PUT', url: string, options?: CallOptions): Promise<Reply>;
}

export interface CallOptions {
  readonly as?: string;
  readonly body?: unknown;
  readonly key?: string;
  readonly headers?: Record<string, string>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly text: string;
  readonly bytes: Buffer;
  /** The parsed body; tests name what they expect of it. */
  readonly body: { readonly [name: string]: unknown };
}

export const taken = (sequence = 1): Answer => ({
  sequence,
  state: 'taken',
  words: 'Winding down',
  tags: [],
  outcome: 'applied',
  digest: '',
});

/** One API for all tests of a file. */
export function useApi(options: { readonly testClocks?: boolean } = {}): Api {
  const api = {
    sent: [],
    engine: () => taken(),
    scanner: noScanner,
    advances: [],
    log: [],
    now: new Date('2026-05-01T02:00:00.000Z'),
  } as unknown as Api;

  let reader: PostgresReader;
  beforeAll(async () => {
    const url = await createDatabase();
    api.db = openDatabase(url);
    reader = postgresReader(api.db, url);
    api.keys = fileKeyStore(folder());
    api.vault = createVault(api.keys);
    api.filesDir = folder();
    const port = {
      get: (instance: string) => ({
        send: async (event: Sent['event'], { id }: { id: string }) => {
          const sent = { instance, event, id };
          api.sent.push(sent);
          return api.engine(sent);
        },
      }),
    };
    api.app = (await buildApp(
      {
        db: api.db,
        keys: api.keys,
        vault: api.vault,
        files: fileStore(api.filesDir, api.keys),
        scanner: { scan: (bytes) => api.scanner.scan(bytes) },
        subscriptions: port,
        receipts: port,
        claims: port,
        repairs: port,
        steps: reader,
        clocks: {
          advance: async (name, to) => {
            api.advances.push({ name, to: to.toISOString() });
            return { at: to.toISOString() };
          },
        },
        options: {
          operatorKey: OPERATOR_KEY,
          bankWebhookSecrets: SECRETS,
          publicUrl: 'http://api.example',
          testClocks: options.testClocks ?? true,
          logLevel: 'trace',
          readYourWritesMs: 20,
          maxEventLoopDelayMs: 0,
        },
        now: () => api.now,
      },
      { stream: { write: (line: string) => void api.log.push(line) } },
    )) as unknown as FastifyInstance;
    await ensureFirstAgreement(api.db);
    await api.app.ready();
    api.call = async (method, url, { as, body, key, headers } = {}) => {
      const request: InjectOptions = {
        method,
        url,
        headers: {
          ...(as === undefined ? {} : { authorization: `Bearer ${as}` }),
          ...(method === 'GET' ? {} : { 'idempotency-key': key ?? randomUUID() }),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: body as string }),
      };
      const reply = await api.app.inject(request);
      const isJson = String(reply.headers['content-type']).includes('json');
      return {
        status: reply.statusCode,
        headers: reply.headers,
        text: reply.body,
        bytes: reply.rawPayload,
        body: isJson ? reply.json() : {},
      };
    };
  });
  afterAll(async () => {
    await api.app.close();
    await reader.close();
    await api.db.destroy();
  });
  return api;
}

export const registrationBody = {
  role: 'manufacturer',
  edition: 'professional',
  organisation: { name: 'Zanzibar Tools Ltd.', address: '12 Quokka Street, Tianjin' },
  contact: { name: 'Li Wombat', email: 'wombat@tools.example', phone: '+86 22 5555 0100' },
};

/** Registers an account; the contract does not start, because no worker runs. */
export async function register(api: Api, body: object = registrationBody): Promise<{ id: string; token: string }> {
  const { status, body: answer, text } = await api.call('POST', '/accounts', { body });
  if (status !== 201) throw new Error(`registration answered ${status}: ${text}`);
  return { id: String(answer['accountId']), token: String(answer['token']) };
}

/** The first bytes of a JPEG, and others after them. */
export const jpeg = (rest: string | Buffer = randomUUID()): Buffer =>
  Buffer.concat([Buffer.from('ffd8ffe000104a46494600', 'hex'), Buffer.from(rest)]);

/** Uploads evidence; answers its digest. */
export async function upload(api: Api, party: { id: string; token: string }, bytes = jpeg()): Promise<string> {
  const { status, body, text } = await api.call('POST', `/accounts/${party.id}/evidence`, {
    as: party.token,
    body: bytes,
    headers: { 'content-type': 'image/jpeg' },
  });
  if (status !== 200) throw new Error(`the upload answered ${status}: ${text}`);
  return String(body['sha256']);
}

export interface StoredContract {
  readonly words?: string;
  readonly sequence?: number;
  readonly tags?: string[];
  readonly context?: object;
  readonly deadlines?: object[];
}

/** The read model of an account's contract as a worker would have written it. */
export async function storeContract(
  api: Pick<Api, 'db' | 'now'>,
  accountId: string,
  changes: StoredContract = {},
): Promise<void> {
  const { words = 'In force', sequence = 1, tags = [], context = {}, deadlines = [] } = changes;
  await api.db
    .insertInto('instances')
    .values({
      id: `subscription-${accountId}`,
      machine: 'subscription',
      version: '1',
      tenant: accountId,
      clock: null,
      status: 'active',
      value: '"inForce"',
      tags: JSON.stringify(tags),
      context: JSON.stringify(context),
      output: 'null',
      deadlines: JSON.stringify(deadlines),
      next_due_at: null,
      words,
      references: '["A2"]',
      children: '{}',
      sequence,
      updated_at: api.now.toISOString(),
    })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ words, sequence, tags: JSON.stringify(tags) }))
    .execute();
}
