/** Evidence when the API is killed between file and row, and when there is no room: on a real process and a real disk. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Executions } from '../../activities/executions.ts';
import { createActivities } from '../../activities/index.ts';
import { createDatabase, type Db } from '../../db/database.ts';
import { fileKeyStore } from '../../db/keys.ts';
import { eventually } from '../support/http.ts';
import { testEnvironment } from '../support/stack.ts';
import { jpeg, registrationBody, storeContract } from './fixture.ts';

let env: Record<string, string>;
let db: Db;
let child: ChildProcess | undefined;

beforeAll(async () => {
  env = await testEnvironment({ PACTA_LOG_LEVEL: 'info' });
  db = createDatabase(env.DATABASE_URL!);
});
afterEach(() => stop('SIGTERM'));
afterAll(() => db.destroy());

async function stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await once(child, 'exit');
  }
}

/** @param before what the shell says before it becomes the API */
async function startApi(before = ''): Promise<string> {
  const script = fileURLToPath(new URL('../../api/server.ts', import.meta.url));
  const own = spawn('bash', ['-c', `${before} exec "$0" "$1"`, process.execPath, script], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = own;
  return await new Promise<string>((resolve, reject) => {
    let said = '';
    own.stdout.on('data', (piece: Buffer) => {
      said += String(piece);
      const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
      if (address !== undefined) resolve(address);
    });
    own.once('exit', (code) => reject(new Error(`the API ended with ${code}`)));
  });
}

interface Holder {
  readonly id: string;
  readonly token: string;
}

async function registered(address: string): Promise<Holder> {
  const answer = await fetch(`${address}/accounts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    body: JSON.stringify(registrationBody),
  });
  const { accountId: id, token } = (await answer.json()) as { accountId: string; token: string };
  await storeContract({ db, now: new Date('2026-05-01T02:00:00.000Z') }, id, { tags: ['readable', 'service'] });
  return { id, token };
}

const uploaded = (address: string, { id, token }: Holder, bytes: Buffer) =>
  fetch(`${address}/accounts/${id}/evidence`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'idempotency-key': crypto.randomUUID(), 'content-type': 'image/jpeg' },
    body: new Uint8Array(bytes),
  });
const read = (address: string, { id, token }: Holder, path = '') =>
  fetch(`${address}/accounts/${id}/evidence${path}`, { headers: { authorization: `Bearer ${token}` } });

function onDisk({ id }: Holder): string[] {
  const own = join(env.PACTA_FILES_DIR!, id);
  return existsSync(own) ? readdirSync(own) : [];
}

/** The step of an erasure that takes sessions and files. */
async function eraseFiles({ id }: Holder): Promise<unknown> {
  const activities = createActivities({
    db,
    keys: fileKeyStore(env.PACTA_KEYS_DIR!),
    filesDir: env.PACTA_FILES_DIR!,
    executions: {} as Executions,
    failpoint: () => {},
  });
  return await activities.eraseSessionsAndFiles({ accountId: id } as never, {
    key: 'k',
    at: '2027-01-01T00:00:00.000Z',
  });
}

describe('evidence', () => {
  it('of which the file was written and the row was not, in a crash, is not there: it can be sent again, and is erased', async () => {
    const address = await startApi();
    const holder = await registered(address);
    const bytes = jpeg();
    // Nobody can write a row for now.
    const blocker = new Client({ connectionString: env.DATABASE_URL! });
    await blocker.connect();
    await blocker.query('begin; lock table files in share mode');
    const lost = uploaded(address, holder, bytes).catch(() => 'no answer');
    await eventually('the file on disk', async () => onDisk(holder).some((name) => /^[0-9a-f]{64}$/.test(name)));
    await stop('SIGKILL');
    expect(await lost).toBe('no answer');
    await blocker.end();

    const again = await startApi();
    expect(await (await read(again, holder)).json()).toEqual([]);
    expect(onDisk(holder)).toHaveLength(1);
    const answer = await uploaded(again, holder, bytes);
    expect(answer.status).toBe(200);
    const { sha256 } = (await answer.json()) as { sha256: string };
    expect(Buffer.from(await (await read(again, holder, `/${sha256}`)).arrayBuffer()).equals(bytes)).toBe(true);
    expect(onDisk(holder)).toHaveLength(2);
    expect(await eraseFiles(holder)).toEqual({ files: 1 });
    expect(onDisk(holder)).toEqual([]);
  });

  it.skipIf(process.platform !== 'linux')(
    'for which there is no room leaves nothing half done, and says so',
    async () => {
      // The process may write no file beyond 1 MiB: the write fails in its middle, as on a full disk.
      const address = await startApi("trap '' XFSZ; ulimit -f 1024;");
      const holder = await registered(address);
      for (const _time of [1, 2]) {
        const refused = await uploaded(address, holder, jpeg(Buffer.alloc(2 * 1024 * 1024)));
        expect(await refused.json()).toMatchObject({ status: 507, type: '/problems/storage-full' });
        expect(onDisk(holder)).toEqual([]);
      }
      expect(await (await read(address, holder)).json()).toEqual([]);
      expect((await uploaded(address, holder, jpeg())).status).toBe(200);
      expect(onDisk(holder)).toHaveLength(1);
    },
  );
});
