/**
 * `npm run check`: every static check, each with its own line. Runs all of them even when one fails, so that one run
 * tells everything. With --json, one object with the outcome of each.
 */
import { requireNode } from './node-guard.mjs';
import { spawn } from 'node:child_process';
import { styleText } from 'node:util';
import { PROJECT_ROOT } from './stack.ts';

requireNode();

const CHECKS: readonly { name: string; command: readonly [string, ...string[]]; wayOut?: string }[] = [
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'lint and import boundaries', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'format', command: ['prettier', '--check', '.'], wayOut: 'npm run format' },
  { name: 'unused code', command: ['knip'] },
];

const isJson = process.argv.includes('--json');
const outcomes: { name: string; passed: boolean; seconds: number }[] = [];

for (const { name, command, wayOut } of CHECKS) {
  const startedAt = performance.now();
  const { code, output } = await run(command);
  const outcome = { name, passed: code === 0, seconds: (performance.now() - startedAt) / 1000 };
  outcomes.push(outcome);
  const mark = outcome.passed ? styleText('green', '✔') : styleText('red', '✘');
  const lines = [`${mark} ${name} ${styleText('dim', `${outcome.seconds.toFixed(1)} s`)}`];
  if (!outcome.passed) lines.push(output.trimEnd(), ...(wayOut === undefined ? [] : [`Mend it with \`${wayOut}\`.`]));
  (isJson ? process.stderr : process.stdout).write(`${lines.join('\n')}\n`);
}
if (isJson) process.stdout.write(`${JSON.stringify({ checks: outcomes })}\n`);
process.exitCode = outcomes.every(({ passed }) => passed) ? 0 : 1;

/** Through the shell, which finds the tool in node_modules/.bin on every system: npm has put that on the PATH. */
function run(command: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command.join(' '), { cwd: PROJECT_ROOT, shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => chunks.push(text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output: chunks.join('') }));
  });
}
