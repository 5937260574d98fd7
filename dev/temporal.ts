/**
 * Finds a Temporal server for the local stack, and says how to start it: one that runs already (TEMPORAL_ADDRESS), the
 * program on the PATH, the copy of an earlier start, a download by Temporal's own SDK, or a build with Go.
 */
import { execFile, execFileSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { ChildPlan } from './child.ts';
import { lock } from './lock.mjs';
import { buildTemporal } from './temporal-build.ts';
import { StackError } from './stack-error.ts';

export const TEMPORAL_VERSION = '1.9.1';
/** The first server that skips time, which test clocks need; the command line of TEMPORAL_VERSION contains it. */
const FIRST_SERVER_THAT_SKIPS = [1, 32, 0] as const;
const DOWNLOAD_TIMEOUT_MS = 180_000;

type Environment = Readonly<Record<string, string | undefined>>;

export type FoundTemporal =
  | { readonly source: 'address'; readonly address: string }
  | { readonly source: 'path' | 'cache' | 'download' | 'build'; readonly program: string; readonly skipsTime: boolean };

/** The folder that copies of the server are kept in, shared by all checkouts of one user. */
export function cacheFolder(env: Environment): string {
  if (env.PACTA_CACHE) return env.PACTA_CACHE;
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'pacta');
}

/**
 * The first of the five sources that works; `tell` hears what is tried and what was taken.
 * @throws {StackError} listing the choices when none works
 */
export async function findTemporal(
  env: Environment,
  root: string,
  tell: (text: string) => void,
): Promise<FoundTemporal> {
  if (env.TEMPORAL_ADDRESS) {
    tell(`using the server at TEMPORAL_ADDRESS, ${env.TEMPORAL_ADDRESS}`);
    return { source: 'address', address: env.TEMPORAL_ADDRESS };
  }
  const onPath = findOnPath(env);
  if (onPath !== undefined) {
    const server = serverVersion(onPath);
    if (server !== undefined && isAtLeast(server, FIRST_SERVER_THAT_SKIPS)) {
      tell(`using ${onPath} (server ${server})`);
      return { source: 'path', program: onPath, skipsTime: true };
    }
    tell(
      `${onPath} has ${server === undefined ? 'no server' : `server ${server}`}, too old to skip time (needs command line ${TEMPORAL_VERSION}); looking on`,
    );
  }
  const folder = cacheFolder(env);
  const cached = join(
    folder,
    `temporal-${TEMPORAL_VERSION}-${process.platform}-${process.arch}${process.platform === 'win32' ? '.exe' : ''}`,
  );
  if (isUsable(cached)) {
    tell(`using the copy of an earlier start, ${cached}`);
    return { source: 'cache', program: cached, skipsTime: true };
  }
  mkdirSync(folder, { recursive: true });
  const release = await lock(`${cached}.lock`, {
    timeoutMs: 30 * 60_000,
    onWait: ({ pid }) => tell(`waiting for process ${pid}, which is making a copy already`),
  });
  try {
    if (isUsable(cached)) return { source: 'cache', program: cached, skipsTime: true };
    const failures: string[] = [];
    for (const [source, make] of [
      ['download', download],
      ['build', buildTemporal],
    ] as const) {
      const unfinished = `${cached}.${source}`;
      try {
        await make(unfinished, { root, env, tell });
        if (!isUsable(unfinished)) throw new Error('what came out is not a Temporal server that skips time');
        renameSync(unfinished, cached);
        tell(source === 'download' ? `downloaded to ${cached}` : `built; kept in ${cached}`);
        return { source, program: cached, skipsTime: true };
      } catch (error) {
        failures.push(`${source}: ${error instanceof Error ? error.message : String(error)}`);
        tell(`no ${source}`);
      } finally {
        rmSync(unfinished, { recursive: true, force: true });
      }
    }
    throw noServer(failures);
  } finally {
    release();
  }
}

/** How to start a server whose data outlive it, with the settings that test clocks need. */
export function planTemporal(options: {
  program: string;
  databaseFile: string;
  port: number;
  uiPort: number;
  httpPort: number;
  metricsPort: number;
  fsync: boolean;
  logFile: string;
  cwd: string;
}): ChildPlan {
  const address = `127.0.0.1:${options.port}`;
  const pragmas = ['journal_mode=WAL', `synchronous=${options.fsync ? 'FULL' : 'OFF'}`];
  const settings = [
    'frontend.WorkflowTimeSkippingEnabled=true',
    // Without these two a jump takes a second per timer; without the third it may hang over continue-as-new.
    'history.timerProcessorMaxTimeShift="1ms"',
    'history.timerProcessorMaxPollRPS=5000',
    // A closed execution is deleted only once its close tasks are acknowledged: by default every 30 s, which each erasure waits for.
    'history.transferProcessorUpdateAckInterval="500ms"',
    'history.visibilityProcessorUpdateAckInterval="500ms"',
    'history.workflowIdReuseMinimalInterval="0s"',
    // A machine that throws is marked in the search at its second failed task in a row; by default at the fifth, minutes later.
    'system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=2',
    'matching.numTaskqueueReadPartitions=1',
    'matching.numTaskqueueWritePartitions=1',
  ];
  return {
    name: 'the Temporal server',
    command: options.program,
    args: [
      ...[
        'server',
        'start-dev',
        '--ip',
        '127.0.0.1',
        '--port',
        String(options.port),
        '--ui-port',
        String(options.uiPort),
      ],
      ...['--http-port', String(options.httpPort), '--metrics-port', String(options.metricsPort)],
      ...['--db-filename', options.databaseFile, '--log-level', 'warn', '--ui-disable-news-fetch'],
      ...pragmas.flatMap((pragma) => ['--sqlite-pragma', pragma]),
      ...settings.flatMap((setting) => ['--dynamic-config-value', setting]),
    ],
    cwd: options.cwd,
    // A profile of the user's for another cluster must not reach the local server.
    env: { ...process.env, TEMPORAL_CONFIG_FILE: join(options.cwd, 'temporal.toml') },
    logFile: options.logFile,
    stopSignal: 'SIGTERM',
    ready: async () => (await listens(address)) && (await hasNamespace(options.program, address)),
    readyWithinMs: 60_000,
  };
}

function findOnPath(env: Environment): string | undefined {
  const names = process.platform === 'win32' ? ['temporal.exe'] : ['temporal'];
  return (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function isUsable(file: string): boolean {
  const server = isExecutable(file) ? serverVersion(file) : undefined;
  return server !== undefined && isAtLeast(server, FIRST_SERVER_THAT_SKIPS);
}

/** The version of the server inside, from `temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)`. */
function serverVersion(program: string): string | undefined {
  try {
    const said = execFileSync(program, ['--version'], {
      encoding: 'utf8',
      timeout: 20_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return /Server (\d+\.\d+\.\d+)/.exec(said)?.[1];
  } catch {
    return undefined;
  }
}

export function isAtLeast(version: string, wanted: readonly [number, number, number]): boolean {
  const parts = version.split('.').map(Number);
  for (const [index, minimum] of wanted.entries()) {
    const part = parts[index] ?? 0;
    if (part !== minimum) return part > minimum;
  }
  return true;
}

interface Making {
  readonly root: string;
  readonly env: Environment;
  readonly tell: (text: string) => void;
}

/** In a process of its own, since the SDK's download is native code that cannot be called off. */
async function download(target: string, { root, env, tell }: Making): Promise<void> {
  tell(`downloading Temporal ${TEMPORAL_VERSION} with its SDK`);
  const folder = `${target}.folder`;
  mkdirSync(folder, { recursive: true });
  try {
    const script = join(root, 'dev', 'temporal-download.ts');
    const started = promisify(execFile)(process.execPath, [script, `v${TEMPORAL_VERSION}`, folder], {
      env: { ...env },
      timeout: DOWNLOAD_TIMEOUT_MS,
    });
    const abandon = (): boolean => started.child.kill('SIGKILL');
    process.once('exit', abandon);
    await started.finally(() => process.off('exit', abandon));
    const file = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .find(isExecutable);
    if (file === undefined) throw new Error('the SDK left no program behind');
    renameSync(file, target);
  } catch (error) {
    const { killed, stderr, message } = error as Error & { killed?: boolean; stderr?: string };
    const said = stderr?.trim().split('\n').at(-1) ?? message;
    throw new Error(killed ? `gave up after ${DOWNLOAD_TIMEOUT_MS / 60_000} minutes` : said.slice(0, 200), {
      cause: error,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function listens(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`tcp://${address}`);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: 1000 });
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('timeout', () => settle(false));
  });
}

async function hasNamespace(program: string, address: string): Promise<boolean> {
  const args = [
    'operator',
    'namespace',
    'describe',
    '--namespace',
    'default',
    '--address',
    address,
    '--disable-config-file',
    '--disable-config-env',
  ];
  return promisify(execFile)(program, args, { timeout: 10_000 }).then(
    () => true,
    () => false,
  );
}

function noServer(failures: readonly string[]): StackError {
  const choices = [
    'There is no Temporal server for this stack. Any one of these is enough:',
    '  - set TEMPORAL_ADDRESS to a server that runs (test clocks stay off there)',
    `  - put the temporal command line, ${TEMPORAL_VERSION} or newer, on the PATH`,
    '  - go online once: the SDK downloads it, and the copy serves from then on',
    '  - install Go 1.26.8 or newer and go online once: it is built from the Go module proxy, in about 4 minutes',
  ];
  return new StackError(choices.join('\n'), { log: failures });
}
