import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../dev/stack.ts';
import { folder } from '../support/stack.ts';

/** The product's own two processes start here as well, and the worker bundles its workflows first. */
const START_MS = 120_000;
const ANY_PORT = Object.fromEntries(
  ['PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT', 'POSTGRES_PORT', 'SMTP_PORT', 'MAIL_PORT'].map((name) => [
    `PACTA_${name}`,
    '0',
  ]),
);

let started: ChildProcess | undefined;

afterEach(() => {
  started?.kill('SIGKILL');
});

interface Run {
  readonly firstLine: Promise<string>;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  readonly process: ChildProcess;
}

function start(...args: string[]): Run {
  const child = spawn(process.execPath, [join(PROJECT_ROOT, 'dev', 'start.ts'), ...args], {
    env: { ...process.env, ...ANY_PORT },
  });
  started = child;
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const firstLine = new Promise<string>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.includes('\n')) resolve(stdout.split('\n')[0] ?? '');
    });
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { firstLine, ended, process: child };
}

it(
  'brings up every part, prints one object, refuses a second start, and stops on Ctrl-C in under 10 s',
  async () => {
    const dataDir = folder();
    const run = start('--json', '--data', dataDir);
    const first = await Promise.race([run.firstLine, run.ended.then(({ stderr }) => stderr)]);
    const { ready, urls, operatorKey } = JSON.parse(first) as {
      ready: boolean;
      urls: Record<string, string>;
      operatorKey: string;
    };
    expect(ready, first).toBe(true);
    expect(operatorKey).toMatch(/^\w{48}$/);
    expect((await fetch(`${urls.api}/health`)).status).toBe(200);
    expect((await fetch(`${urls.reference}`)).status).toBe(200);
    expect((await fetch(`${urls.temporalUi}`)).status).toBe(200);
    expect((await fetch(`${urls.mail}`)).status).toBe(200);
    expect(statSync(join(dataDir, 'secrets.json')).mode & 0o077).toBe(0);
    expect(statSync(join(dataDir, 'keys')).mode & 0o077).toBe(0);

    const launcher = run.process;
    const second = await start('--json', '--data', dataDir).ended;
    expect(second.code).toBe(1);
    expect(JSON.parse(second.stdout)).toMatchObject({
      ready: false,
      error: expect.stringContaining('running already'),
    });

    const began = Date.now();
    launcher.kill('SIGINT');
    expect(await run.ended).toMatchObject({ code: 0 });
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(existsSync(join(dataDir, 'stack.lock'))).toBe(false);
  },
  START_MS,
);

it('shows what it can do when an option is unknown', async () => {
  const { code, stderr } = await start('--fresh').ended;
  expect(code).toBe(2);
  expect(stderr).toContain("Unknown option '--fresh'");
  expect(stderr).toContain('--data DIR');
});
