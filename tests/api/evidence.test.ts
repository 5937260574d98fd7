/** Evidence over HTTP: uploaded, checked, scanned, stored encrypted, given back, exported, and named as a proof. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clamd } from '../../api/clamd.ts';
import { noScanner } from '../../api/scanner.ts';
import { AccountErased, fenceAccount } from '../../db/accounts.ts';
import { storeEvidence } from '../../db/evidence.ts';
import { fileStore } from '../../db/files.ts';
import { eventually } from '../support/http.ts';
import { folder } from '../support/stack.ts';
import { startFakeClamd, type FakeClamd } from './fake-clamd.ts';
import { jpeg, register, registrationBody, storeContract, upload, useApi } from './fixture.ts';
import type { CallOptions } from './fixture.ts';

const api = useApi();
type Party = { id: string; token: string };
const MIB = 1024 * 1024;
const inService = { tags: ['exportable', 'readable', 'service'] };
const { edition: _, ...withoutEdition } = registrationBody;
let owner: Party;

async function newParty(role: 'customer' | 'serviceCenter' | 'manufacturer'): Promise<Party> {
  const party = await register(api, role === 'manufacturer' ? registrationBody : { ...withoutEdition, role });
  await storeContract(api, party.id, inService);
  return party;
}

beforeEach(async () => {
  owner = await newParty('customer');
});

const as = (party: Party, method: 'GET' | 'POST' | 'PUT', path: string, options: CallOptions = {}) =>
  api.call(method, `/accounts/${party.id}${path}`, { as: party.token, ...options });
const send = (bytes: Buffer | string, type = 'application/octet-stream', party = owner) =>
  as(party, 'POST', '/evidence', { body: bytes, headers: { 'content-type': type } });
const listed = async (party = owner) => (await as(party, 'GET', '/evidence')).body as unknown as { sha256: string }[];
const sha256Of = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const onDisk = (party = owner) => {
  const own = join(api.filesDir, party.id);
  return existsSync(own) ? readdirSync(own) : [];
};
const nothingStored = async () => {
  expect(await listed()).toEqual([]);
  expect(onDisk()).toEqual([]);
};

/** Whether so many sessions of this database wait for a lock. */
async function waiting(sessions: number): Promise<boolean> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
  `.execute(api.db);
  return rows[0]!.n >= sessions;
}

const box = (brands: string, size = 8 + brands.length) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(size);
  return Buffer.concat([length, Buffer.from(`ftyp${brands}`), Buffer.from('and then the picture')]);
};

describe('evidence', () => {
  it.each([
    ['image/jpeg', 'jpg', jpeg()],
    ['image/png', 'png', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
    ['image/webp', 'webp', Buffer.from('RIFF\x10\0\0\0WEBPVP8 ', 'latin1')],
    ['image/heic', 'heic', box('heic\0\0\0\0mif1heic')],
    ['image/heic', 'heic', box('mif1\0\0\0\0mif1heix')],
    ['application/pdf', 'pdf', Buffer.from('%PDF-1.7\n…')],
  ])('of the kind %s is known by its content, and comes back as it was', async (mediaType, extension, bytes) => {
    // What the header says makes no difference, not even that of a parser of the API.
    const { status, body, text } = await send(bytes, 'application/json');
    expect(status, text).toBe(200);
    const sha256 = sha256Of(bytes);
    const view = { sha256, mediaType, size: bytes.length, storedAt: api.now.toISOString() };
    expect(body).toEqual(view);
    expect(await listed()).toEqual([view]);
    const got = await as(owner, 'GET', `/evidence/${sha256}`);
    expect(got.bytes.equals(bytes)).toBe(true);
    expect(got.headers).toMatchObject({
      'content-type': mediaType,
      'content-disposition': `attachment; filename="${sha256}.${extension}"`,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
  });

  it.each([
    ['text that says it is a photo', Buffer.from('<script>alert(1)</script>')],
    ['a GIF', Buffer.from('GIF89a…')],
    ['another file of the family of HEIC', box('avif\0\0\0\0mif1avif')],
    ['a brand beyond the end of its box', box('isom\0\0\0\0mp42heic', 20)],
    ['a box longer than the file', box('isom\0\0\0\0heic', 4096)],
    ['a PDF that begins later', Buffer.from('\n%PDF-1.7')],
    ['the beginning of a beginning', Buffer.from('ffd8', 'hex')],
  ])('is refused when it is %s, naming what is taken', async (_what, bytes) => {
    const { body } = await send(bytes, 'image/jpeg');
    expect(body).toMatchObject({ status: 415, type: '/problems/unsupported-evidence', field: 'body' });
    expect(body['detail']).toContain('image/jpeg, image/png, image/webp, image/heic, application/pdf');
    await nothingStored();
  });

  it('is refused when it is empty', async () => {
    for (const options of [{}, { body: '', headers: { 'content-type': 'image/jpeg' } }]) {
      expect((await as(owner, 'POST', '/evidence', options)).body).toMatchObject({ status: 400, field: 'body' });
    }
    await nothingStored();
  });

  it('has 20 MiB at most, told by its length before it is read, and by its bytes where no length is given', async () => {
    const largest = jpeg(Buffer.alloc(20 * MIB - 11));
    expect(largest).toHaveLength(20 * MIB);
    expect((await send(largest)).body).toMatchObject({ size: 20 * MIB });
    const tooLarge = Buffer.concat([largest, Buffer.from('!')]);
    const chunked = Readable.from([largest.subarray(0, MIB), tooLarge.subarray(MIB)]);
    for (const body of [tooLarge, chunked as unknown as Buffer]) {
      expect((await send(body)).body).toMatchObject({
        status: 413,
        type: '/problems/body-too-large',
        field: 'body',
        detail: 'It may have 20 MiB at most.',
      });
    }
    expect((await listed()).map(({ sha256 }) => sha256)).toEqual([sha256Of(largest)]);
    expect(await answerToHeadersAlone(20 * MIB + 1)).toContain('/problems/body-too-large');
  });

  it('is taken from eight at once, so that memory is bounded, and from others after them', async () => {
    const released = Promise.withResolvers<void>();
    let scans = 0;
    api.scanner = {
      scan: async () => {
        scans += 1;
        await released.promise;
        return { clean: true };
      },
    };
    const eight = Array.from({ length: 8 }, () => send(jpeg()));
    await eventually('eight scans', async () => scans === 8);
    const { body, headers } = await send(jpeg());
    expect([body['type'], headers['retry-after']]).toEqual(['/problems/too-busy', '5']);
    released.resolve();
    expect((await Promise.all(eight)).map(({ status }) => status)).toEqual(Array(8).fill(200));
    api.scanner = noScanner;
    // Who goes away in the middle leaves its place as well.
    const halves = await Promise.all(Array.from({ length: 9 }, () => halfARequest()));
    const [refusal] = await Promise.race(halves.map((socket) => once(socket, 'data')));
    for (const socket of halves) socket.destroy();
    expect(String(refusal)).toContain('/problems/too-busy');
    await eventually('a place', async () => (await send(jpeg())).status === 200);
  });

  it('is stored once however often it is sent, also at the same time', async () => {
    const bytes = jpeg(Buffer.alloc(MIB, 7));
    const all = await Promise.all(Array.from({ length: 5 }, () => send(bytes)));
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(new Set(all.map(({ text }) => text)).size).toBe(1);
    api.now = new Date(api.now.getTime() + 1000);
    expect((await send(bytes)).body).toEqual(all[0]!.body);
    expect(await listed()).toHaveLength(1);
    expect(onDisk()).toHaveLength(1);
  });

  it('is encrypted on disk, whole under the name that its row has, and bound to its account and digest', async () => {
    const bytes = jpeg('a letter to Li Wombat, which nobody should read');
    const first = await upload(api, owner, bytes);
    const second = await upload(api, owner);
    const names = onDisk();
    expect(names).toHaveLength(2);
    for (const name of names) {
      const stored = readFileSync(join(api.filesDir, owner.id, name));
      expect(sha256Of(stored)).toBe(name);
      expect(stored.includes('Wombat')).toBe(false);
    }
    // A row that names another file of the same account: it cannot be read as that.
    const rows = await api.db.selectFrom('files').selectAll().where('account_id', '=', owner.id).execute();
    const digests = new Map(rows.map(({ sha256, digest }) => [sha256, digest]));
    await api.db.deleteFrom('files').where('sha256', '=', second).execute();
    const set = { digest: digests.get(second)! };
    await api.db.updateTable('files').set(set).where('sha256', '=', first).execute();
    const swapped = await as(owner, 'GET', `/evidence/${first}`);
    expect(swapped.status).toBe(500);
    expect(api.log.join('\n')).not.toContain('Wombat');
  });

  it('is seen by its account alone, also by its digest', async () => {
    const sha256 = await upload(api, owner);
    const other = await newParty('customer');
    for (const path of ['/evidence', `/evidence/${sha256}`]) {
      expect((await as({ id: owner.id, token: other.token }, 'GET', path)).status, path).toBe(404);
    }
    expect((await as({ id: owner.id, token: other.token }, 'POST', '/evidence', { body: jpeg() })).status).toBe(404);
    expect((await as(other, 'GET', `/evidence/${sha256}`)).status).toBe(404);
    expect(await listed(other)).toEqual([]);
    expect((await as(owner, 'GET', `/evidence/${'0'.repeat(64)}`)).status).toBe(404);
    expect((await as(owner, 'GET', '/evidence/nothing')).body).toMatchObject({ status: 400, field: 'sha256' });
  });

  it('that is being stored is waited for by an erasure, and none comes after it [C5]', async () => {
    const bytes = jpeg();
    let storing: ReturnType<typeof send> | undefined;
    let fencing: Promise<unknown> | undefined;
    await api.db.transaction().execute(async (trx) => {
      // The upload has its file on disk, and cannot write its row.
      await sql`lock table files in share mode`.execute(trx);
      storing = send(bytes);
      await eventually('the upload to wait', () => waiting(1));
      fencing = api.db.transaction().execute((other) => fenceAccount(other, owner.id, api.now.toISOString()));
      await eventually('the erasure to wait', () => waiting(2));
      expect(onDisk()).toHaveLength(1);
    });
    expect((await storing)?.status).toBe(200);
    await fencing;
    expect((await send(jpeg())).body).toMatchObject({ status: 410, type: '/problems/account-erased' });
    const late = {
      accountId: owner.id,
      sha256: 'f'.repeat(64),
      mediaType: 'image/jpeg',
      bytes,
      at: api.now.toISOString(),
    };
    const disk = fileStore(api.filesDir, api.keys);
    const stored = api.db.transaction().execute((trx) => storeEvidence(trx, disk, late));
    await expect(stored).rejects.toThrow(AccountErased);
    expect(onDisk()).toHaveLength(1);
  });

  it('is taken from every role while the service is on, and given back also when it is off [E2, P3]', async () => {
    for (const role of ['customer', 'serviceCenter', 'manufacturer'] as const) {
      const party = await newParty(role);
      const sha256 = await upload(api, party);
      await storeContract(api, party.id, { words: 'Overdue', tags: ['exportable', 'readable'] });
      expect((await send(jpeg(), 'image/jpeg', party)).body).toMatchObject({
        status: 403,
        type: '/problems/not-entitled',
        state: 'Overdue',
      });
      expect((await as(party, 'GET', `/evidence/${sha256}`)).status).toBe(200);
    }
  });

  it('is in the export of its account, with its hash in the manifest’s section and its bytes after it [P3]', async () => {
    const [first, second] = [jpeg(), jpeg(Buffer.alloc(MIB))];
    for (const bytes of [first, second]) await upload(api, owner, bytes);
    const read = async () => (await as(owner, 'GET', '/export')).body as unknown as Exported;
    interface Exported {
      readonly manifest: { section: string; count: number; sha256: string }[];
      readonly sections: { readonly evidence: { sha256: string }[] };
      readonly files: Record<string, string | null>;
    }
    const { manifest, sections, files } = await read();
    expect(manifest).toContainEqual(expect.objectContaining({ section: 'evidence', count: 2 }));
    expect(sections.evidence.map(({ sha256 }) => sha256).toSorted()).toEqual([first, second].map(sha256Of).toSorted());
    expect(Object.keys(files).toSorted()).toEqual(sections.evidence.map(({ sha256 }) => sha256).toSorted());
    for (const [sha256, base64] of Object.entries(files)) expect(sha256Of(Buffer.from(base64!, 'base64'))).toBe(sha256);
    // One that is lost does not take the others with it.
    await api.db.updateTable('files').set({ digest: 'lost' }).where('sha256', '=', sha256Of(first)).execute();
    expect((await read()).files).toEqual({
      [sha256Of(first)]: null,
      [sha256Of(second)]: second.toString('base64'),
    });
  });
});

/** Tells the server a length, and gives it no body. */
async function headersAlone(length: number): Promise<Socket> {
  if (!api.app.server.listening) await api.app.listen({ port: 0, host: '127.0.0.1' });
  const socket = connect((api.app.server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(
    [
      `POST /accounts/${owner.id}/evidence HTTP/1.1`,
      'host: api.example',
      `authorization: Bearer ${owner.token}`,
      'idempotency-key: headers-alone',
      'content-type: image/jpeg',
      `content-length: ${length}`,
      '\r\n',
    ].join('\r\n'),
  );
  return socket;
}

async function halfARequest(): Promise<Socket> {
  const socket = await headersAlone(1000);
  socket.write(jpeg());
  return socket;
}

async function answerToHeadersAlone(length: number): Promise<string> {
  let answer = '';
  for await (const piece of await headersAlone(length)) {
    answer += String(piece);
    if (answer.includes('}')) break;
  }
  return answer;
}

const addressOf = ({ server }: FakeClamd) => ({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });

describe('a scanner', () => {
  let fake: FakeClamd;
  beforeEach(async () => {
    fake = await startFakeClamd(0);
    api.scanner = clamd(addressOf(fake));
  });
  afterEach(async () => {
    api.scanner = noScanner;
    await fake.close();
  });

  it('sees the whole file before it is stored, over a port or a socket of the machine', async () => {
    const bytes = jpeg(Buffer.alloc(3 * MIB, 'pattern'));
    await upload(api, owner, bytes);
    expect(fake.scanned[0]?.equals(bytes)).toBe(true);
    const path = join(folder(), 'clamd.ctl');
    const local = await startFakeClamd(path);
    api.scanner = clamd({ path });
    const another = jpeg();
    await upload(api, owner, another);
    expect(local.scanned[0]?.equals(another)).toBe(true);
    await local.close();
    expect(await listed()).toHaveLength(2);
  });

  it('keeps out what it finds infected', async () => {
    const { body } = await send(jpeg('X5O!P%@AP…EICAR-STANDARD-ANTIVIRUS-TEST-FILE'));
    expect(body).toMatchObject({ status: 422, type: '/problems/infected-evidence', field: 'body' });
    expect(api.log.join('')).toContain('Win.Test.EICAR_HDB-1');
    await nothingStored();
  });

  it.each(['silent', 'hangsUp', 'answersHalf', 'limit'] as const)(
    'that cannot say (%s) keeps everything out, with a time to try again',
    async (trouble) => {
      fake.trouble = trouble;
      if (trouble === 'silent') api.scanner = clamd(addressOf(fake), 300);
      const { body, headers } = await send(jpeg());
      expect(body).toMatchObject({ status: 503, type: '/problems/scanner-away' });
      expect(headers['retry-after']).toBe('30');
      await nothingStored();
      fake.trouble = 'none';
      api.scanner = clamd(addressOf(fake));
      expect((await send(jpeg())).status).toBe(200);
    },
  );

  it('that is away keeps everything out', async () => {
    await fake.close();
    expect((await send(jpeg())).body).toMatchObject({ status: 503, type: '/problems/scanner-away' });
    await nothingStored();
    fake = await startFakeClamd(0);
  });
});
