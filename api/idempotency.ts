/**
 * From an `Idempotency-Key` to the id of an event, an account or a row. The key itself never leaves the API: callers
 * may have put a name into it, and event ids are stored in Temporal.
 */
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Db, Trx } from '../db/database.ts';
import { noteCommand } from '../db/done-commands.ts';
import type { Principal } from './credentials.ts';
import { Problem } from './problems.ts';

/** Header schema of every command. */
export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.String({
    pattern: '^[\\x21-\\x7e]{8,255}$',
    description:
      'A new random value for each thing to be done (a UUID), the same one when a request is repeated. 8 to 255 visible ASCII characters.',
  }),
});

/**
 * The id under which a command is done once: the same for the same caller, account and key, and for nobody else.
 * @param subject the account or thing in the path, `''` when there is none
 * @param principal the caller, unless who asks makes no difference
 * @returns 43 base64url characters
 */
export function commandId(request: FastifyRequest, subject: string, principal: Principal = request.principal): string {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string') throw new Error('a route without `config.command` asked for a command id');
  return digestOf(principalName(principal), subject, key).toString('base64url');
}

/**
 * Carries out a command that writes rows and goes through no contract: once, and noted in the same transaction. Repeated it changes
 * nothing, however late, so that it does not undo what came after it: the route answers how things are now. What was refused or
 * failed is not noted.
 * @param done whose command it is, and its contract time
 * @param change in the transaction; takes its own locks
 * @throws {Problem} `idempotency-key-reused` when the account sent anything else under this key
 */
export async function once(
  db: Db,
  request: FastifyRequest,
  done: { readonly accountId: string; readonly at: string },
  change: (trx: Trx) => Promise<unknown>,
): Promise<void> {
  const command = { account_id: done.accountId, command: commandId(request, done.accountId), done_at: done.at };
  await db.transaction().execute(async (trx) => {
    const noted = await noteCommand(trx, { ...command, digest: digestOfRequest(request) });
    if (noted === 'other') throw new Problem('idempotency-key-reused', { field: 'Idempotency-Key' });
    if (noted === 'new') await change(trx);
  });
}

/**
 * What is asked: two requests under one key that say the same have the same, whatever the order of their fields. With the key, which is
 * stored nowhere, so that nobody can try out what a body said, such as whose a unit was.
 */
function digestOfRequest({ method, headers, routeOptions, params, query, body }: FastifyRequest): string {
  const said = typeof body === 'string' || Buffer.isBuffer(body) ? body : canonicalJson(body);
  const asked = [
    String(headers['idempotency-key']),
    method,
    routeOptions.url ?? '',
    canonicalJson(params),
    canonicalJson(query),
    said,
  ];
  return digestOf(...asked).toString('base64url');
}

/** A UUID (version 8, RFC 9562) made from a command id: what a command creates has the same id when it is repeated. */
export function uuidFrom(purpose: string, id: string): string {
  const bytes = digestOf(purpose, id).subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** JSON with sorted keys: two bodies that say the same are the same text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  );
}

function principalName(principal: Principal): string {
  return principal.kind === 'account' ? `account:${principal.accountId}` : principal.kind;
}

/** Parts are length-prefixed, so that no two lists of parts give the same digest. */
function digestOf(...parts: readonly (string | Buffer)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest();
}
