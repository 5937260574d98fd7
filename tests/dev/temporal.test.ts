import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../dev/stack.ts';
import { cacheFolder, findTemporal, isAtLeast, TEMPORAL_VERSION } from '../../dev/temporal.ts';

let folder: string;
let env: Record<string, string>;
let told: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pacta-temporal-'));
  told = [];
  // No Go on this PATH, and a proxy that refuses: neither a build nor a download can succeed.
  const closed = 'http://127.0.0.1:9';
  env = {
    PATH: join(folder, 'bin'),
    PACTA_CACHE: join(folder, 'cache'),
    HTTPS_PROXY: closed,
    https_proxy: closed,
    HOME: folder,
  };
  for (const name of ['bin', 'cache']) mkdirSync(join(folder, name));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(path: string, server: string): string {
  writeFileSync(path, `#!/bin/sh\necho "temporal version 1.9.1 (Server ${server}, UI 2.54.1)"\n`);
  chmodSync(path, 0o755);
  return path;
}

function cached(server: string): string {
  return program(join(folder, 'cache', `temporal-${TEMPORAL_VERSION}-${process.platform}-${process.arch}`), server);
}

function find(): ReturnType<typeof findTemporal> {
  return findTemporal(env, PROJECT_ROOT, (text) => told.push(text));
}

it('uses the server at TEMPORAL_ADDRESS before any other', async () => {
  program(join(folder, 'bin', 'temporal'), '1.32.0');
  env.TEMPORAL_ADDRESS = 'temporal.example:7233';
  expect(await find()).toEqual({ source: 'address', address: 'temporal.example:7233' });
  expect(told.at(-1)).toContain('temporal.example:7233');
});

it('uses the program on the PATH when its server can skip time', async () => {
  const path = program(join(folder, 'bin', 'temporal'), '1.32.0');
  expect(await find()).toEqual({ source: 'path', program: path, skipsTime: true });
  expect(told.at(-1)).toContain(path);
});

it('says that the program on the PATH is too old, and takes the cached copy', async () => {
  program(join(folder, 'bin', 'temporal'), '1.31.9');
  const copy = cached('1.32.0');
  expect(await find()).toEqual({ source: 'cache', program: copy, skipsTime: true });
  expect(told[0]).toContain('too old to skip time');
});

it('lists every choice when there is no server to be had', async () => {
  cached('1.30.0');
  const failure: unknown = await find().catch((error: unknown) => error);
  expect(failure).toHaveProperty('message', expect.stringMatching(/TEMPORAL_ADDRESS[^]*PATH[^]*online[^]*Go 1\.26\.8/));
  expect(failure).toHaveProperty('log', [
    expect.stringContaining('download:'),
    expect.stringContaining('no Go on the PATH'),
  ]);
});

it('compares versions by number', () => {
  expect(isAtLeast('1.32.0', [1, 32, 0])).toBe(true);
  expect(isAtLeast('1.100.0', [1, 32, 0])).toBe(true);
  expect(isAtLeast('2.0.0', [1, 32, 0])).toBe(true);
  expect(isAtLeast('1.9.9', [1, 32, 0])).toBe(false);
});

it('keeps its copies where the user says, else in the cache folder of the system', () => {
  expect(cacheFolder({ PACTA_CACHE: '/a' })).toBe('/a');
  expect(cacheFolder({ XDG_CACHE_HOME: '/b' })).toBe(join('/b', 'pacta'));
  expect(cacheFolder({})).toMatch(/\.cache[/\\]pacta$/);
});
