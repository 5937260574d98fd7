/** A worker process for crash tests: the product's, with workflows that were bundled once for all its many starts. */
import { readFileSync } from 'node:fs';
import { loadConfig } from '../../config.ts';
import { runWorker } from '../../worker.ts';

const bundle = process.env.PACTA_TEST_BUNDLE;
if (bundle === undefined) throw new Error('PACTA_TEST_BUNDLE names the bundle');
await runWorker(loadConfig(), JSON.parse(readFileSync(bundle, 'utf8')) as Parameters<typeof runWorker>[1]);
