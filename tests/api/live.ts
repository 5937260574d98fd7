/** The API with a real worker behind it, on the servers of the run: contracts move. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { startApi, type RunningApi } from '../../api/server.ts';
import { loadConfig, type Config } from '../../config.ts';
import { testEnvironment } from '../support/stack.ts';

export interface Live {
  config: Config;
  call(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    options?: { as?: string; body?: object; bytes?: Buffer; key?: string; headers?: Record<string, string> },
  ): Promise<{ status: number; body: Answered; text: string }>;
  /** What is no text: the body as it comes. */
  bytes(path: string, as: string): Promise<Buffer>;
}

/** What a test reads of an answer; it names what it expects. */
export type Answered = { readonly [name: string]: unknown };

/** Test clocks are on. One worker and one API for all tests of a file. */
export function useLiveApi(): Live {
  const live = {} as Live;
  let worker: ChildProcess;
  let api: RunningApi | undefined;

  beforeAll(async () => {
    const env = await testEnvironment({ PACTA_TEST_CLOCKS: 'true' });
    live.config = loadConfig(env);
    const script = fileURLToPath(new URL('../../worker.ts', import.meta.url));
    worker = spawn(process.execPath, [script], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve, reject) => {
      worker.stdout?.on('data', (chunk: Buffer) => chunk.includes('worker ready') && resolve());
      worker.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)));
    });
    const { address } = (api = await startApi(live.config));
    live.call = async (method, path, { as, body, bytes, key, headers } = {}) => {
      const reply = await fetch(`${address}${path}`, {
        method,
        headers: {
          ...(as === undefined ? {} : { authorization: `Bearer ${as}` }),
          ...(method === 'GET' ? {} : { 'idempotency-key': key ?? randomUUID() }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(bytes === undefined ? {} : { body: new Uint8Array(bytes) }),
      });
      const text = await reply.text();
      const isJson = reply.headers.get('content-type')?.includes('json');
      return { status: reply.status, text, body: isJson ? (JSON.parse(text) as Answered) : {} };
    };
    live.bytes = async (path, as) => {
      const reply = await fetch(`${address}${path}`, { headers: { authorization: `Bearer ${as}` } });
      return Buffer.from(await reply.arrayBuffer());
    };
  });
  afterAll(async () => {
    await api?.close();
    worker.kill('SIGTERM');
    if (worker.exitCode === null) await once(worker, 'exit');
  });
  return live;
}
