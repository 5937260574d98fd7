import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { nodeTooOld } from '../../dev/node-guard.mjs';
import { PROJECT_ROOT } from '../../dev/stack.ts';

/** Stands for npm: writes down that it ran, takes its time, and installs what the lockfile names. */
const NPM = `
const { appendFileSync, cpSync, mkdirSync } = require('node:fs');
appendFileSync('npm-ran', process.argv.slice(2).join(' ') + '\\n');
if (process.env.NPM_FAILS) process.exit(1);
if (process.env.NPM_LACKS && process.argv[2] === 'ci') {
  console.error('Missing: other@ from lock file');
  process.exit(1);
}
setTimeout(() => {
  mkdirSync('node_modules', { recursive: true });
  cpSync('package-lock.json', 'node_modules/.package-lock.json');
}, 500);
`;

let project: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'pacta-install-'));
  mkdirSync(join(project, 'dev'));
  for (const file of ['install.mjs', 'lock.mjs', 'node-guard.mjs', 'process-identity.mjs']) {
    cpSync(join(PROJECT_ROOT, 'dev', file), join(project, 'dev', file));
  }
  writeFileSync(join(project, 'npm.js'), NPM);
  lockfile({ 'node_modules/xstate': { version: '5.0.0' } });
});

afterEach(() => rmSync(project, { recursive: true, force: true }));

function lockfile(packages: Record<string, object>): void {
  writeFileSync(join(project, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...packages } }));
}

function install(env: Record<string, string> = {}): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(project, 'dev', 'install.mjs')], {
      env: { ...process.env, npm_execpath: join(project, 'npm.js'), ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.once('close', (code) => resolve({ code, said }));
  });
}

function runsOfNpm(): string[] {
  return existsSync(join(project, 'npm-ran')) ? readFileSync(join(project, 'npm-ran'), 'utf8').trim().split('\n') : [];
}

it('installs by the lockfile on a fresh clone, and does nothing the next time', async () => {
  expect(await install()).toMatchObject({ code: 0 });
  expect(await install()).toMatchObject({ code: 0, said: '' });
  expect(runsOfNpm()).toEqual([expect.stringMatching(/^ci .*--include=dev/)]);
});

it('installs again when the lockfile names another version', async () => {
  await install();
  lockfile({ 'node_modules/xstate': { version: '5.0.1' } });
  await install();
  expect(runsOfNpm()).toHaveLength(2);
});

it('does not miss the optional packages of other systems', async () => {
  await install();
  lockfile({ 'node_modules/xstate': { version: '5.0.0' }, 'node_modules/other': { version: '1.0.0', optional: true } });
  await install();
  expect(runsOfNpm()).toHaveLength(1);
});

it('installs once when two start at the same time', async () => {
  const outcomes = await Promise.all([install(), install()]);
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
  expect(runsOfNpm()).toHaveLength(1);
});

it('installs the same versions where the registry lacks packages of other systems', async () => {
  const { code, said } = await install({ NPM_LACKS: 'yes' });
  expect([code, said]).toEqual([
    0,
    'Installing the packages … without those for other systems, which this registry does not have and this machine does not need …\n',
  ]);
  expect(runsOfNpm()).toEqual([expect.stringMatching(/^ci /), expect.stringMatching(/^install --no-save /)]);
});

it('says in one line what to do when npm fails, and leaves no lock behind', async () => {
  const { code, said } = await install({ NPM_FAILS: 'yes' });
  expect(code).toBe(1);
  expect(said).toContain('Check the network and the free disk space');
  expect(existsSync(join(project, '.install.lock'))).toBe(false);
});

it('refuses a Node that is too old in words, with the way out', () => {
  expect(nodeTooOld('v20.20.2')).toContain('Pacta needs Node 24 or newer, and this is Node 20.20.2.');
  expect(nodeTooOld('v22.18.0')).toContain('npm start');
  expect(nodeTooOld('v24.0.0')).toBeUndefined();
  expect(nodeTooOld('v26.1.0')).toBeUndefined();
});
