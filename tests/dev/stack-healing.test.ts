import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAlive } from '../../dev/process-identity.mjs';
import { PROJECT_ROOT, startStack, type PartName, type Stack, type StackOptions } from '../../dev/stack.ts';
import { STACK_MARK, readState } from '../../dev/state.ts';
import { folder } from '../support/stack.ts';

const SERVERS: readonly PartName[] = ['postgres', 'temporal', 'mail'];

let dataDir: string;
const stacks: Stack[] = [];

beforeEach(() => {
  dataDir = folder();
});

afterEach(async () => {
  await Promise.all(stacks.splice(0).map((stack) => stack.stop()));
});

async function start(options: Partial<StackOptions> = {}): Promise<Stack> {
  const stack = await startStack({ dataDir, only: SERVERS, anyPorts: true, fsync: false, ...options });
  stacks.push(stack);
  return stack;
}

async function until(holds: () => boolean | Promise<boolean>, withinMs = 30_000): Promise<void> {
  const giveUpAt = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > giveUpAt) throw new Error('It has not come about in time');
    await sleep(50);
  }
}

/** The processes that carry the mark of the folder, on systems that show the environment of a process. */
function ours(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(`${STACK_MARK}=${dataDir}`))
    .map(Number);
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function reapers(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
        return command.includes('reaper.ts') && command.includes(dataDir);
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function launch(): Promise<ChildProcess> {
  const launcher = spawn(process.execPath, [join(PROJECT_ROOT, 'tests', 'dev', 'launcher.ts'), dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  launcher.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
  await until(() => said.includes('ready'), 30_000);
  return launcher;
}

async function rows(stack: Stack): Promise<number | null> {
  const client = new Client({ connectionString: stack.env.DATABASE_URL });
  await client.connect();
  try {
    await client.query('create table if not exists kept (id int)');
    await client.query('insert into kept values (1)');
    return (await client.query('select * from kept')).rowCount;
  } finally {
    await client.end();
  }
}

describe('a stack', () => {
  it('ends cleanly in under 10 s, leaves no process and no lock, and keeps its data', async () => {
    const first = await start();
    expect(await rows(first)).toBe(1);
    const began = Date.now();
    await first.stop();
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(ours()).toEqual([]);
    expect(existsSync(join(dataDir, 'stack.lock'))).toBe(false);
    expect(await rows(await start())).toBe(2);
  });

  it('starts each part again on the same port after kill -9', async () => {
    const stack = await start({ restart: true });
    for (const name of SERVERS) {
      const killed = stack.pid(name);
      process.kill(killed ?? 0, 'SIGKILL');
      await until(() => stack.pid(name) !== undefined && stack.pid(name) !== killed);
    }
    const serves = (): Promise<boolean> =>
      Promise.all([rows(stack), fetch(`${stack.urls.temporalUi}`), fetch(`${stack.urls.mail}`)]).then(
        () => true,
        () => false,
      );
    await until(serves);
  });

  it('leaves a part down that was killed on purpose, until it is started', async () => {
    const stack = await start({ restart: true });
    await stack.kill('mail');
    expect(await stack.exited('mail')).toMatchObject({ signal: 'SIGKILL' });
    await sleep(800);
    expect(stack.pid('mail')).toBeUndefined();
    await stack.start('mail');
    expect((await fetch(`${stack.urls.mail}/mails.json`)).status).toBe(200);
  });

  it('refuses to share its folder, and says where the other one serves', async () => {
    const { urls } = await start();
    await expect(start()).rejects.toThrow(
      new RegExp(`running already \\(process ${process.pid}\\).*${urls.temporalUi}.*npm start -- --data FOLDER$`),
    );
  });

  it('refuses a busy port that was asked for by name, and takes the next one otherwise', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await until(() => server.listening);
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      await expect(start({ only: ['mail'], ports: { mail: port } })).rejects.toThrow(
        `Port ${port}, asked for the mail catcher (web), is busy`,
      );
      await expect(start({ only: ['mail'], env: { ...process.env, PACTA_MAIL_PORT: String(port) } })).rejects.toThrow(
        'set PACTA_MAIL_PORT to another port',
      );
    } finally {
      server.close();
    }
  });

  it('can be called off while it starts, and leaves nothing behind', async () => {
    const calledOff = new AbortController();
    const starting = start({ signal: calledOff.signal });
    await sleep(700);
    calledOff.abort();
    await expect(starting).rejects.toThrow('called off');
    await until(() => ours().length === 0);
    expect(existsSync(join(dataDir, 'stack.lock'))).toBe(false);
  });
});

describe.skipIf(process.platform !== 'linux')('after kill -9', () => {
  it('of the launcher alone, nothing outlives it', async () => {
    const launcher = await launch();
    expect(ours().length).toBeGreaterThanOrEqual(SERVERS.length);
    launcher.kill('SIGKILL');
    await until(() => ours().length === 0 && reapers().length === 0);
    expect(existsSync(join(dataDir, 'stack.lock'))).toBe(false);
  });

  it('of everything that watches, the next start ends what is left and serves with the same data', async () => {
    const launcher = await launch();
    for (const pid of reapers()) process.kill(pid, 'SIGKILL');
    launcher.kill('SIGKILL');
    const left = Object.values(readState(dataDir)?.processes ?? {});
    await sleep(300);
    expect(left.filter((process) => isAlive(process))).toHaveLength(SERVERS.length);
    const told: string[] = [];
    const began = Date.now();
    const stack = await start({ onProgress: ({ text }) => told.push(text) });
    expect(Date.now() - began).toBeLessThan(15_000);
    expect(told[0]).toMatch(/ended \d+ processes that the last run left behind/);
    expect(left.filter((process) => isAlive(process))).toEqual([]);
    expect(await rows(stack)).toBe(1);
  });

  it('of every process at once, the next start serves', async () => {
    const launcher = await launch();
    for (const pid of reapers()) process.kill(pid, 'SIGKILL');
    launcher.kill('SIGKILL');
    for (const { pid } of Object.values(readState(dataDir)?.processes ?? {})) process.kill(pid, 'SIGKILL');
    expect(await rows(await start())).toBe(1);
  });

  it('a pid in the record that now belongs to another program is left alone', async () => {
    const bystander = spawn('sleep', ['60']);
    try {
      const record = { pid: bystander.pid, started: 'before the crash', command: 'sleep' };
      writeFileSync(
        join(dataDir, 'state.json'),
        JSON.stringify({ launcher: 1, ready: true, urls: {}, env: {}, processes: { mail: record } }),
      );
      await start({ only: ['mail'] });
      expect(bystander.exitCode).toBeNull();
      expect(bystander.signalCode).toBeNull();
    } finally {
      bystander.kill();
    }
  });
});

describe('npm run clean', () => {
  const clean = (...args: string[]): { status: number | null; stdout: string } =>
    spawnSync(process.execPath, [join(PROJECT_ROOT, 'dev', 'clean.ts'), '--data', dataDir, '--json', ...args], {
      encoding: 'utf8',
    });

  it('refuses while the stack runs, asks before it removes anything, and removes only what is the stack’s own', async () => {
    const stack = await start({ only: ['mail'] });
    expect(clean('--yes')).toMatchObject({ status: 1, stdout: expect.stringContaining('is running') });
    await stack.stop();
    writeFileSync(join(dataDir, 'notes.txt'), 'mine');
    expect(clean()).toMatchObject({ status: 1, stdout: expect.stringContaining('"removed":false') });
    expect(clean('--yes')).toMatchObject({ status: 0, stdout: expect.stringContaining('"removed":true') });
    expect(readdirSync(dataDir)).toEqual(['notes.txt']);
  });

  it('touches no folder that is not a stack’s', () => {
    writeFileSync(join(dataDir, 'files'), 'mine');
    expect(clean('--yes')).toMatchObject({ status: 0, stdout: expect.stringContaining('"removed":false') });
    expect(readdirSync(dataDir)).toEqual(['files']);
    rmSync(join(dataDir, 'files'));
  });
});
