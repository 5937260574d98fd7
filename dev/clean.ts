/** `npm run clean`: removes the data of the local stack, after asking. */
import { requireNode } from './node-guard.mjs';
import { existsSync, rmdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { confirm, isCancel } from '@clack/prompts';
import { DEFAULT_DATA_DIR } from './ensure-stack.ts';
import { tryLock } from './lock.mjs';
import { endLeftovers, lockFile } from './state.ts';

requireNode();

/** What a stack writes into its folder; the folder itself goes only when nothing else is in it. */
const OURS = [
  'postgres',
  'postgres.new',
  'temporal.db',
  'temporal.db-shm',
  'temporal.db-wal',
  'temporal.toml',
  'keys',
  'files',
  'builds',
  'mail',
  'logs',
];
const OURS_LAST = ['secrets.json', 'secrets.json.new', 'state.json', 'state.json.new'];

const HELP = `npm run clean -- [--yes] [--json] [--data DIR]

Removes the data of the local stack: contracts, mails, keys and logs. Asks first.

  --yes       do not ask
  --json      print one JSON object
  --data DIR  remove the data in DIR instead of .pacta
`;

const values = readArguments();
const dataDir = values.data === undefined ? DEFAULT_DATA_DIR : resolve(values.data);

process.exitCode = await clean();

async function clean(): Promise<number> {
  // Its secrets are what a folder of a stack is known by, and they go last: names such as `files` may be anyone's.
  if (!existsSync(join(dataDir, 'secrets.json')))
    return done({ removed: false, text: `There is nothing to remove in ${dataDir}.` }, 0);
  const release = tryLock(lockFile(dataDir));
  if (release === undefined) {
    return done(
      { removed: false, text: 'The stack of this folder is running. Stop it with Ctrl-C first, then run this again.' },
      1,
    );
  }
  try {
    if (!(await isWanted())) return done({ removed: false, text: 'Nothing was removed.' }, 1);
    await endLeftovers(dataDir);
    for (const name of [...OURS, ...OURS_LAST]) rmSync(join(dataDir, name), { recursive: true, force: true });
  } finally {
    release();
  }
  removeIfEmpty();
  return done({ removed: true, text: `Removed the data in ${dataDir}.` }, 0);
}

async function isWanted(): Promise<boolean> {
  if (values.yes) return true;
  if (values.json || !process.stdin.isTTY) {
    process.stderr.write('Removing data needs a yes: run it in a terminal, or add --yes.\n');
    return false;
  }
  const answer = await confirm({
    message: `Remove all data of the local stack in ${dataDir}? Contracts, mails, keys and logs are lost.`,
    initialValue: false,
  });
  return !isCancel(answer) && answer;
}

function removeIfEmpty(): void {
  try {
    rmdirSync(dataDir);
  } catch {
    // Something of somebody else's is in it.
  }
}

function done(outcome: { removed: boolean; text: string }, code: number): number {
  process.stdout.write(values.json ? `${JSON.stringify({ ...outcome, dataDir })}\n` : `${outcome.text}\n`);
  return code;
}

function readArguments(): { yes: boolean; json: boolean; data?: string } {
  try {
    const { values } = parseArgs({
      options: {
        yes: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        data: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    return values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    process.exit(2);
  }
}
