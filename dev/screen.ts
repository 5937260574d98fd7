/** What `npm start` shows: a line for every step, then one screen with all that is needed to go on. */
import { styleText } from 'node:util';
import type { Stack, StackProgress } from './stack.ts';
import type { StackError } from './stack-error.ts';

export interface Screen {
  progress(progress: StackProgress): void;
  ready(stack: Stack, seconds: number): void;
  say(text: string): void;
  failure(error: StackError): void;
}

const LABEL_WIDTH = 15;

export function screen(out: NodeJS.WriteStream, now: () => number): Screen {
  const startedAt = now();
  // A repeated step, such as the build of Temporal, rewrites its line where there is a terminal to rewrite.
  let rewritable: StackProgress['part'] | undefined;
  const line = (text: string): void => {
    rewritable = undefined;
    out.write(`${text}\n`);
  };
  return {
    progress: ({ part, text, ready }) => {
      const seconds = `${((now() - startedAt) / 1000).toFixed(1)} s`.padStart(8);
      const mark = ready === true ? styleText('green', '✔') : styleText('dim', '·');
      const isAgain = out.isTTY && rewritable === part && ready !== true;
      out.write(`${isAgain ? '\u001B[1A\u001B[2K' : ''}${styleText('dim', seconds)} ${mark} ${text}\n`);
      rewritable = ready === true ? undefined : part;
    },
    ready: (stack, seconds) => line(readyScreen(stack, seconds)),
    say: line,
    failure: (error) => line(failureScreen(error)),
  };
}

function readyScreen({ urls, env, dataDir }: Stack, seconds: number): string {
  const row = (label: string, value: string | undefined): string[] =>
    value === undefined ? [] : [`  ${styleText('bold', label.padEnd(LABEL_WIDTH))}${value}`];
  const key = env.PACTA_OPERATOR_KEY;
  return [
    '',
    `  ${styleText(['bold', 'green'], 'Pacta is running')} ${styleText('dim', `(ready after ${seconds.toFixed(1)} s)`)}`,
    '',
    ...row('API', urls.api),
    ...row('API reference', urls.reference),
    ...row('Temporal UI', urls.temporalUi),
    ...row('Mails', urls.mail),
    ...row('Operator key', key),
    ...row('Data and logs', dataDir),
    '',
    ...row('Try', 'npm run demo'),
    ...row('', `curl ${urls.api}/health`),
    ...row('', `API=${urls.api} KEY=${key} bash docs/first-contract.sh`),
    '',
    styleText('dim', '  Ctrl-C stops it; the data stays. `npm run clean` removes the data.'),
  ].join('\n');
}

function failureScreen(error: StackError): string {
  const log = error.log.map((text) => `    ${text}`);
  return [
    ...(log.length === 0 ? [] : ['', styleText('dim', '  The last it said:'), ...log, '']),
    styleText('red', error.message),
  ].join('\n');
}
