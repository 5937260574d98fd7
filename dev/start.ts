/** `npm start`: brings up the local stack, shows one screen, and takes it down again on Ctrl-C. */
import { requireNode } from './node-guard.mjs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_DATA_DIR } from './ensure-stack.ts';
import { whenAbandoned } from './npm-parent.ts';
import { screen } from './screen.ts';
import { startStack, type Stack } from './stack.ts';
import { explain } from './stack-error.ts';

requireNode();

const HELP = `npm start -- [--json] [--data DIR]

Starts Postgres, Temporal, a mail catcher, the worker and the API, and keeps them running.

  --json      print one JSON object when all parts serve, progress on standard error
  --data DIR  keep everything in DIR instead of .pacta

Ports: PACTA_PORT (API), PACTA_TEMPORAL_PORT, PACTA_TEMPORAL_UI_PORT, PACTA_POSTGRES_PORT, PACTA_SMTP_PORT, PACTA_MAIL_PORT.
DATABASE_URL and TEMPORAL_ADDRESS: use these servers instead of starting some.
`;

const options = readArguments();
const show = screen(options.json ? process.stderr : process.stdout, () => performance.now());
const startedAt = performance.now();
const calledOff = new AbortController();
let stack: Stack | undefined;
let leaving = false;

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => leave());
whenAbandoned(() => leave());

try {
  stack = await startStack({
    dataDir: options.data,
    restart: true,
    signal: calledOff.signal,
    onProgress: (progress) => show.progress(progress),
  });
  const seconds = (performance.now() - startedAt) / 1000;
  if (options.json) {
    const { urls, dataDir, env } = stack;
    process.stdout.write(
      `${JSON.stringify({ ready: true, seconds, urls, dataDir, operatorKey: env.PACTA_OPERATOR_KEY })}\n`,
    );
  } else {
    show.ready(stack, seconds);
  }
} catch (error) {
  if (calledOff.signal.aborted) {
    show.say('Stopped before all was started.');
    process.exit(0);
  }
  const failure = explain(error);
  if (options.json)
    process.stdout.write(`${JSON.stringify({ ready: false, error: failure.message, log: failure.log })}\n`);
  else show.failure(failure);
  process.exit(1);
}

/** The first time cleanly, the second time at once. */
function leave(): void {
  if (leaving) {
    stack?.abort();
    process.exit(130);
  }
  leaving = true;
  const began = performance.now();
  if (stack === undefined) {
    calledOff.abort();
    return;
  }
  show.say('\nStopping …');
  void stack.stop().then(() => {
    show.say(`Stopped in ${((performance.now() - began) / 1000).toFixed(1)} s. The data is in ${stack?.dataDir}.`);
    process.exit(0);
  });
}

function readArguments(): { json: boolean; data: string } {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        data: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    return { json: values.json, data: values.data === undefined ? DEFAULT_DATA_DIR : resolve(values.data) };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    process.exit(2);
  }
}
