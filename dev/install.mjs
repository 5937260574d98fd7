/**
 * Makes `npm start` and `npm test` complete on a fresh clone: installs the packages when they are missing or do not
 * match the lockfile, and refuses a Node that is too old. Runs before the packages are there and on whatever Node the
 * machine has, so it is plain JavaScript and imports only its neighbours.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lock } from './lock.mjs';
import { nodeTooOld } from './node-guard.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const INSTALL_TIMEOUT_MS = 20 * 60_000;

try {
  if (!isInstalled()) await install();
  requireNodeForScripts();
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}

async function install() {
  const release = await lock(join(root, '.install.lock'), {
    timeoutMs: INSTALL_TIMEOUT_MS,
    onWait: ({ pid }) => say(`Waiting for process ${pid}, which is installing the packages already.`),
  });
  try {
    if (isInstalled()) return;
    const { status, said } = installPackages();
    if (status !== 0) {
      say(said.trimEnd());
      throw new Error(
        'The packages could not be installed; npm says why above. Check the network and the free disk space, and run it again.',
      );
    }
    if (!isInstalled())
      throw new Error(
        'npm has installed other packages than the lockfile names. Remove node_modules and run it again.',
      );
  } finally {
    release();
  }
}

/** Says in one line what it does, also where it takes the second way. */
function installPackages() {
  process.stderr.write('Installing the packages …');
  try {
    const clean = npm('ci');
    if (clean.status === 0 || !clean.said.includes('from lock file')) return clean;
    // npm ci wants every optional package of other systems from the registry, and not every registry has all of them.
    // This installs the same versions, those of the lockfile, and writes nothing to it.
    process.stderr.write(
      ' without those for other systems, which this registry does not have and this machine does not need …',
    );
    return npm('install', '--no-save');
  } finally {
    say('');
  }
}

/**
 * Its words are kept apart: standard output belongs to the script that follows.
 * @param {...string} command
 */
function npm(...command) {
  const npmScript = process.env.npm_execpath;
  const [program, first] = npmScript?.endsWith('js') ? [process.execPath, [npmScript]] : ['npm', []];
  const { status, error, stdout, stderr } = spawnSync(
    program,
    [...first, ...command, '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: INSTALL_TIMEOUT_MS,
      shell: program === 'npm' && process.platform === 'win32',
    },
  );
  if (error !== undefined) throw new Error(`npm could not finish: ${error.message}`);
  return { status, said: `${stdout}${stderr}` };
}

/** Whether every package of the lockfile is there in its version; npm writes its own list only when an install is complete. */
function isInstalled() {
  const wanted = packages(join(root, 'package-lock.json'));
  if (wanted === undefined) throw new Error('package-lock.json is missing or broken. Restore it from git.');
  const present = packages(join(root, 'node_modules', '.package-lock.json'));
  if (present === undefined) return false;
  const matches = Object.entries(wanted).every(([path, { version, optional, peer, link }]) => {
    if (path === '' || link) return true;
    const found = present[path];
    // Optional packages of other systems are not installed here.
    return found === undefined ? optional === true || peer === true : found.version === version;
  });
  return matches && (!bringsNode(wanted) || existsSync(ownNode()));
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional?: boolean, peer?: boolean, link?: boolean }> | undefined}
 */
function packages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** @param {Record<string, unknown>} wanted */
function bringsNode(wanted) {
  const system = process.platform === 'win32' ? 'win' : process.platform;
  return wanted[`node_modules/node-${system}-${process.arch}`] !== undefined;
}

function ownNode() {
  return join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
}

/** The Node that npm's scripts find first: the one among the packages where there is one, else the machine's. */
function requireNodeForScripts() {
  if (!existsSync(ownNode())) {
    const message = nodeTooOld(process.version);
    if (message !== undefined) fail(message);
    return;
  }
  const { status, stdout } = spawnSync(ownNode(), ['--version'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0)
    fail(`The Node among the packages does not run here (${ownNode()}). Install Node 24 and remove that file.`);
  const message = nodeTooOld(stdout.trim());
  if (message !== undefined) fail(message);
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  say(message);
  process.exit(1);
}
