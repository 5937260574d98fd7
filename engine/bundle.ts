/**
 * Bundles durable machines for the worker. Bundling takes seconds, and a worker that comes back after a crash has none to
 * lose: so a bundle is kept as a file under the hash of everything that goes into it.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';

/** Where bundles are kept between starts, and what makes a kept one stale. */
export interface BundleCache {
  /** Where bundles are kept. May be removed at any time. */
  readonly folder: string;
  /** Files and folders that decide what the bundle is: the sources, and the lockfile for what they import. */
  readonly sources: readonly string[];
}

/** What a bundle is made with. */
export interface BundleOptions {
  readonly cache?: BundleCache;
  /** Modules that export Temporal's workflow interceptors, for tests that look into workflows. */
  readonly interceptors?: readonly string[];
}

/**
 * XState's production build is chosen here, so that histories do not depend on Node's mode.
 *
 * @param workflowsPath the module that exports the durable machines, each under its machine's id
 */
export async function bundleMachines(
  workflowsPath: string,
  { cache, interceptors = [] }: BundleOptions = {},
): Promise<WorkflowBundleWithSourceMap> {
  const file = cache && join(cache.folder, `${await hashOf([workflowsPath, ...interceptors, ...cache.sources])}.js`);
  const kept = file && (await readFile(file, 'utf8').catch(() => undefined));
  if (kept !== undefined) return { code: kept, sourceMap: '' };
  const bundle = await bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules: [...interceptors],
    logger: new DefaultLogger('WARN'),
    webpackConfigHook: (config) => ({
      ...config,
      module: { ...config.module, rules: config.module?.rules?.map(asWritten) ?? [] },
      // One scope for all modules: a call between two of them costs no look into an export.
      optimization: { ...config.optimization, concatenateModules: true, usedExports: true, providedExports: true },
      resolve: { ...config.resolve, conditionNames: ['import', 'module', 'webpack', 'require', 'default'] },
    }),
  });
  const code = `${atHand}${bundle.code}`;
  if (file) await keep(file, code);
  return { ...bundle, code };
}

/** A rule of the SDK's bundler, where it is the one that compiles TypeScript. */
interface CompilerRule {
  readonly use?: { readonly options?: { readonly jsc?: object } };
}

/** The SDK has its bundles lowered to ES2017, in which each private field is a look into a map. */
function asWritten<T>(rule: T): T {
  const { use } = rule as CompilerRule;
  if (!use?.options?.jsc) return rule;
  return { ...rule, use: { ...use, options: { ...use.options, jsc: { ...use.options.jsc, target: 'es2024' } } } };
}

/**
 * What the language itself brings, looked up once: in a workflow's context each look at a global goes through an interceptor
 * of Node's. What Temporal replaces (Date, timers, WeakRef) stays global. On the bundle's first line, so that places in
 * stacks keep their lines.
 */
const atHand = `const{${[
  'Object,Array,String,Number,Boolean,Symbol,BigInt,Map,Set,WeakMap,WeakSet,JSON,Math,Reflect,Proxy,Promise,RegExp',
  'Error,TypeError,RangeError,SyntaxError,ReferenceError,isNaN,isFinite,parseInt,parseFloat,Uint8Array,ArrayBuffer',
].join(',')}}=globalThis;`;

/** Under its name only when it is whole; a full disk costs the speed-up and nothing else. */
async function keep(file: string, code: string): Promise<void> {
  const unfinished = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(unfinished, code);
    await rename(unfinished, file);
  } catch (error) {
    process.emitWarning(`The workflow bundle could not be kept: ${(error as Error).message}`);
  }
}

async function hashOf(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  for (const path of paths) {
    for (const file of (await filesUnder(path)).toSorted())
      hash
        .update(file)
        .update('\0')
        .update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 32);
}

async function filesUnder(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOTDIR') return undefined;
      throw error;
    },
  );
  if (!entries) return [path];
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
