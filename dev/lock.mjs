/**
 * A lock file that a crash cannot leave behind: it names its holder by pid and start time, and whoever finds a holder
 * that is gone takes the lock over.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive } from './process-identity.mjs';

/** @typedef {import('./process-identity.mjs').ProcessIdentity} ProcessIdentity */

/**
 * The live holder of a lock, or undefined when it is free (a holder that died counts as none).
 * @param {string} path
 * @returns {ProcessIdentity | undefined}
 */
export function lockHolder(path) {
  try {
    /** @type {ProcessIdentity} */
    const holder = JSON.parse(readFileSync(path, 'utf8'));
    return isAlive(holder) ? holder : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Takes the lock if it is free.
 * @param {string} path
 * @returns {(() => void) | undefined} a function that gives it back, or undefined when a live process holds it
 */
export function tryLock(path) {
  mkdirSync(dirname(path), { recursive: true });
  // Written whole beside the lock and linked into place: no reader ever sees half a file.
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(identify(process.pid)));
  try {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      try {
        linkSync(mine, path);
        return () => rmSync(path, { force: true });
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
      }
      if (lockHolder(path) !== undefined) return undefined;
      removeStale(path);
    }
    return undefined;
  } finally {
    rmSync(mine, { force: true });
  }
}

/**
 * Waits for the lock.
 * @param {string} path
 * @param {{ onWait?: (holder: ProcessIdentity) => void, timeoutMs: number }} options
 * @returns {Promise<() => void>} a function that gives it back
 * @throws when the holder has not given it back in time
 */
export async function lock(path, { onWait, timeoutMs }) {
  const giveUpAt = Date.now() + timeoutMs;
  let told = false;
  for (;;) {
    const release = tryLock(path);
    if (release !== undefined) return release;
    const holder = lockHolder(path);
    if (holder !== undefined && !told) {
      told = true;
      onWait?.(holder);
    }
    if (Date.now() > giveUpAt)
      throw new Error(`Process ${holder?.pid ?? 'unknown'} has held ${path} for too long; end it and try again.`);
    await sleep(200);
  }
}

/**
 * Moves a dead holder's lock away. Two may do this at once: if what was moved is a live holder's, it is put back.
 * @param {string} path
 */
function removeStale(path) {
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  try {
    if (lockHolder(aside) !== undefined) linkSync(aside, path);
  } catch {
    // Someone took the lock in between and keeps it.
  } finally {
    rmSync(aside, { force: true });
  }
}
