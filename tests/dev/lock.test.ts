import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lock, lockHolder, tryLock } from '../../dev/lock.mjs';
import { identify, isAlive } from '../../dev/process-identity.mjs';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pacta-lock-'));
  path = join(folder, 'stack.lock');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('is held by one at a time and free again when given back', () => {
  const release = tryLock(path);
  expect(release).toBeTypeOf('function');
  expect(tryLock(path)).toBeUndefined();
  expect(lockHolder(path)?.pid).toBe(process.pid);
  release?.();
  expect(tryLock(path)).toBeTypeOf('function');
});

it('is taken over from a holder that has died', () => {
  writeFileSync(path, JSON.stringify({ pid: 2 ** 22 + 1, started: '1@never' }));
  expect(lockHolder(path)).toBeUndefined();
  expect(tryLock(path)).toBeTypeOf('function');
});

it('is taken over when another process has the pid of its holder now', () => {
  writeFileSync(path, JSON.stringify({ pid: process.pid, started: '1@another-boot' }));
  expect(tryLock(path)).toBeTypeOf('function');
});

it('is taken over when a crash left half a file', () => {
  writeFileSync(path, '{"pid":');
  expect(tryLock(path)).toBeTypeOf('function');
});

it('leaves no other file behind', () => {
  writeFileSync(path, 'broken');
  tryLock(path)?.();
  expect(readdirSync(folder)).toEqual([]);
});

it('says whom it waits for, and gives up in time', async () => {
  tryLock(path);
  const waitedFor: number[] = [];
  await expect(lock(path, { timeoutMs: 300, onWait: ({ pid }) => waitedFor.push(pid) })).rejects.toThrow(
    `Process ${process.pid} has held`,
  );
  expect(waitedFor).toEqual([process.pid]);
});

it('knows a process by its start time, not by its pid alone', () => {
  const me = identify(process.pid);
  expect(isAlive(me)).toBe(true);
  expect(isAlive(me === undefined ? undefined : { ...me, started: 'earlier' })).toBe(false);
});
