/** `npm run demo`: three years of a contract, or a whole repair, in under a minute, on the local stack, every date checked. */
import { requireNode } from './node-guard.mjs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeReadmeTable } from './demo/readme.ts';
import { STORIES, type Story, type StoryName } from './demo/story.ts';
import { demoScreen } from './demo/screen.ts';
import { DEFAULT_DATA_DIR, ensureStack, type StackInUse } from './ensure-stack.ts';
import { whenAbandoned } from './npm-parent.ts';
import { explain, StackError } from './stack-error.ts';

requireNode();

const HELP = `npm run demo -- [repair] [--json] [--readme] [--data DIR]

Plays three years of a contract through HTTP on the running stack, or on one that it starts, and checks every date.

  repair      play a whole repair instead: claim, coverage, service center, quotation, parts, tests, delivery
  --json      print one JSON object at the end, progress on standard error
  --readme    write the table into README.md, between its two markers
  --data DIR  use the stack of DIR instead of .pacta
`;

const options = readArguments();
const screen = demoScreen(options.json ? process.stderr : process.stdout);
const calledOff = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => calledOff.abort());
whenAbandoned(() => calledOff.abort());

let stack: StackInUse | undefined;
try {
  stack = await ensureStack({
    dataDir: options.data,
    signal: calledOff.signal,
    onProgress: ({ text }) => screen.step(text),
  });
  const began = performance.now();
  const story = await play(stack);
  const seconds = (performance.now() - began) / 1000;
  const wrong = story.checks.filter(({ ok }) => !ok);
  if (options.json) {
    const { rows, checks } = story;
    process.stdout.write(`${JSON.stringify({ ok: wrong.length === 0, seconds, rows, checks }, null, 2)}\n`);
  }
  screen.verdict(story, seconds);
  if (wrong.length > 0) process.exitCode = 1;
  else if (options.readme) await writeReadmeTable(options.story, story);
} catch (error) {
  if (calledOff.signal.aborted) {
    screen.say('Stopped before the end of the story. Run it again at any time.');
    process.exitCode = 130;
  } else {
    const message = error instanceof StackError ? explain(error).message : messageOf(error);
    if (options.json) process.stdout.write(`${JSON.stringify({ ok: false, error: message })}\n`);
    screen.failure(message, error instanceof StackError ? error.log : []);
    process.exitCode = 1;
  }
} finally {
  if (stack?.started === true) {
    screen.say('\nStopping the stack; `npm start` keeps one running.');
    await stack.stop();
  }
}
process.exit();

async function play({ urls, env }: StackInUse): Promise<Story> {
  if (env.PACTA_TEST_CLOCKS !== 'true') {
    throw new StackError(
      `This Temporal server does not let clocks be moved, and the demo lasts ${STORIES[options.story].takes}. Unset TEMPORAL_ADDRESS to use a local one.`,
    );
  }
  screen.begin();
  return STORIES[options.story].play({
    apiUrl: urls.api ?? '',
    operatorKey: env.PACTA_OPERATOR_KEY ?? '',
    bankSecret: (env.PACTA_BANK_WEBHOOK_SECRETS ?? '').split(',')[0]!.trim(),
    signal: calledOff.signal,
    onRow: (row) => screen.row(row),
    onWait: (what) => screen.wait(what),
  });
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.message}${cause}`;
}

function readArguments(): { story: StoryName; json: boolean; readme: boolean; data: string } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        readme: { type: 'boolean', default: false },
        data: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    const { json, readme, data } = values;
    const [story = 'year', ...others] = positionals;
    if (!isStory(story) || others.length > 0) throw new Error(`No such demo: ${positionals.join(' ')}`);
    return { story, json, readme, data: data === undefined ? DEFAULT_DATA_DIR : resolve(data) };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    process.exit(2);
  }
}

function isStory(name: string): name is StoryName {
  return Object.hasOwn(STORIES, name);
}
