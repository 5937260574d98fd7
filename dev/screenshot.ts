/**
 * `npm run screenshot`: what an operator sees of an open subscription in the Temporal UI, for docs/operations.md. Needs a
 * Chromium on the PATH or in CHROMIUM, and a paying contract in the running stack (README, "A first contract by curl").
 */
import { requireNode } from './node-guard.mjs';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { chromium } from 'playwright-core';
import { ensureStack } from './ensure-stack.ts';
import { PROJECT_ROOT } from './stack.ts';

requireNode();

const FOLDER = join(PROJECT_ROOT, 'docs/images');
/** Pages of a workflow in the UI, and the pictures made of them. */
const PAGES = { timeline: 'temporal-ui.png', 'user-metadata': 'temporal-ui-metadata.png' } as const;
const QUERY =
  "Machine = 'subscription' AND ExecutionStatus = 'Running' AND MachineTags = 'service' AND MachineTags = 'paying'";

const stack = await ensureStack({ onProgress: ({ text }) => process.stderr.write(`${text}\n`) });
try {
  const connection = await Connection.connect({ address: stack.env['TEMPORAL_ADDRESS'] });
  const client = new Client({ connection });
  const found: { workflowId: string; runId: string }[] = [];
  for await (const one of client.workflow.list({ query: QUERY })) found.push(one);
  await connection.close();
  const [subscription] = found;
  if (!subscription) throw new Error('No paying subscription is in force here: make one as the README shows');
  await capture(
    `${stack.urls.temporalUi}/namespaces/default/workflows/${subscription.workflowId}/${subscription.runId}`,
  );
} finally {
  await stack.stop();
}

async function capture(workflow: string): Promise<void> {
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1500, height: 1000 }, deviceScaleFactor: 1 });
    mkdirSync(FOLDER, { recursive: true });
    for (const [name, file] of Object.entries(PAGES)) {
      await page.goto(`${workflow}/${name}`);
      await page.getByText('History Size').waitFor({ timeout: 30_000 });
      // The page draws once more when its queries are answered, and says nothing of it.
      await page.waitForTimeout(4000);
      await page.screenshot({ path: join(FOLDER, file) });
      process.stdout.write(`${join('docs/images', file)}\n`);
    }
  } finally {
    await browser.close();
  }
}

function chromiumPath(): string {
  const named = process.env['CHROMIUM'];
  if (named) return named;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    const { status, stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
    if (status === 0) return stdout.trim();
  }
  throw new Error('No Chromium on the PATH: install one (Debian: apt-get install chromium) or name it in CHROMIUM');
}
