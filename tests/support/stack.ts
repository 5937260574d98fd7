/**
 * One real Temporal server, Postgres and mail catcher for all tests of a run, on free ports in a folder that goes with
 * the run. As vitest's global setup it starts them; imported by a test it gives that test its own database, task queue
 * and folders on them.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { loadConfig, type Config } from '../../config.ts';
import { startStack } from '../../dev/stack.ts';
import type { StackUrls } from '../../dev/state.ts';

const TEMPLATE = 'pacta_template';
/** Any number: who makes the template holds this lock of the server. */
const TEMPLATE_LOCK = 7_233_001;

declare module 'vitest' {
  export interface ProvidedContext {
    stack: { env: Record<string, string>; urls: Record<string, string>; dataDir: string };
  }
}

/** Vitest's global setup of the project `real`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'pacta-tests-'));
  // Postgres runs as another user when the tests run as root, and has to get in.
  chmodSync(dataDir, 0o755);
  const only = ['postgres', 'temporal', 'mail'] as const;
  const stack = await startStack({ dataDir, only, anyPorts: true, fsync: false, temporary: true });
  project.provide('stack', { env: { ...stack.env }, urls: { ...stack.urls } as Record<string, string>, dataDir });
  return () => stack.stop();
}

/** Addresses of the servers that people look at: `temporalUi`, `mail`. */
export function stackUrls(): StackUrls {
  return inject('stack').urls;
}

/** `host:port` of the Temporal server; its namespace is `default`. */
export function temporalAddress(): string {
  return inject('stack').env.TEMPORAL_ADDRESS ?? '';
}

/** A task queue that no other test has. */
export function taskQueue(): string {
  return `test-${randomUUID()}`;
}

/** A folder of its own for a test; it goes with the run. */
export function folder(): string {
  return mkdtempSync(join(inject('stack').dataDir, 'test-'));
}

/** An empty database with the schema, for this test alone, in a fraction of a second. Answers its URL. */
export async function createDatabase(): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await onServer(async (client) => {
    // Held until the copy is made: Postgres refuses to copy a database while another session uses it.
    await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [TEMPLATE]);
    if (rowCount === 0) await makeTemplate(client);
    await client.query(`create database ${name} template ${TEMPLATE}`);
  });
  return databaseOf(name);
}

/** The environment of a worker and an API for this test alone: own database, task queue, keys and files. */
export async function testEnvironment(
  overrides: Readonly<Record<string, string>> = {},
): Promise<Record<string, string>> {
  return {
    ...inject('stack').env,
    DATABASE_URL: await createDatabase(),
    PACTA_TASK_QUEUE: taskQueue(),
    PACTA_KEYS_DIR: folder(),
    PACTA_FILES_DIR: folder(),
    PACTA_BUILDS_DIR: folder(),
    PACTA_PORT: '0',
    PACTA_LOG_LEVEL: 'warn',
    ...overrides,
  };
}

/** The same, as the configuration that both read from it. */
export async function testConfig(overrides: Readonly<Record<string, string>> = {}): Promise<Config> {
  return loadConfig(await testEnvironment(overrides));
}

async function makeTemplate(client: Client): Promise<void> {
  const unfinished = `${TEMPLATE}_unfinished`;
  await client.query(`drop database if exists ${unfinished}`);
  await client.query(`create database ${unfinished}`);
  const { migrate } = await import('../../db/migrate.ts');
  await migrate(databaseOf(unfinished));
  await client.query(`alter database ${unfinished} rename to ${TEMPLATE}`);
}

async function onServer(work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: databaseOf('postgres') });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function databaseOf(name: string): string {
  const url = new URL(inject('stack').env.DATABASE_URL ?? '');
  url.pathname = `/${name}`;
  return url.href;
}
