/** Notices that the npm which runs this script was killed: its script would stay behind otherwise, with no terminal. */
import { readFileSync } from 'node:fs';
import { commandOf, identify, isAlive, type ProcessIdentity } from './process-identity.mjs';

const LOOK_EVERY_MS = 500;

/** Calls back once when npm, or the shell between, is gone. Does nothing when this was not started by npm. */
export function whenAbandoned(callback: () => void): void {
  const parents = process.env.npm_lifecycle_event === undefined ? [] : upToNpm();
  if (parents.length === 0) return;
  const timer = setInterval(() => {
    if (parents.every((parent) => isAlive(parent))) return;
    clearInterval(timer);
    callback();
  }, LOOK_EVERY_MS);
  timer.unref();
}

function upToNpm(): ProcessIdentity[] {
  const parents: ProcessIdentity[] = [];
  for (let pid = process.ppid; pid > 1 && parents.length < 3; pid = parentOf(pid)) {
    const identity = identify(pid);
    if (identity === undefined) return [];
    parents.push(identity);
    if (/\bnpm\b/.test(commandOf(pid))) return parents;
  }
  return [];
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
}
