/** The engine as something to copy: the folder alone, with the example of its README, in a project that has nothing else. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../dev/stack.ts';
import { folder, temporalAddress } from '../support/stack.ts';

const engine = join(PROJECT_ROOT, 'engine');
const readme = readFileSync(join(engine, 'README.md'), 'utf8');
const sources = readdirSync(engine).filter((name) => name.endsWith('.ts'));
const run = promisify(execFile);

/** The README's table of packages, and the files that its code blocks are. */
const packages = new Map(
  [...readme.matchAll(/^\| `(\S+)` +\| (\d\S+) /gm)].map(([, name, version]) => [name!, version!]),
);
const files = new Map([...readme.matchAll(/^```ts (\S+)\n(.*?)^```$/gms)].map(([, name, text]) => [name!, text!]));

/** The README's flags for the compiler, and no others: `name` or `name: value`, where a list has commas. */
const flags = /^Flags for the compiler: (.*?)\.$/ms.exec(readme)?.[1] ?? '';
const compilerOptions = Object.fromEntries(
  [...flags.matchAll(/`(\w+)(?:: ([^`]+))?`/g)].map(([, name, value]) => [
    name!,
    name === 'lib' ? value?.split(', ') : (value ?? true),
  ]),
);

/** Only the named packages are there: what the folder needs beyond them is not found. */
function emptyProject(): string {
  const project = folder();
  cpSync(engine, join(project, 'engine'), { recursive: true });
  for (const [name, text] of files) writeFileSync(join(project, name), text);
  const dependencies = Object.fromEntries(packages);
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'empty', private: true, type: 'module', dependencies }),
  );
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['**/*.ts'] }));
  for (const name of packages.keys()) {
    const place = join(project, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(PROJECT_ROOT, 'node_modules', name), place, 'junction');
  }
  return project;
}

describe('the engine folder alone', () => {
  const project = emptyProject();

  it('type-checks with the example of its README', async () => {
    const tsc = join(PROJECT_ROOT, 'node_modules/typescript/bin/tsc');
    const checked = run(process.execPath, [tsc, '--noEmit', '-p', project], { timeout: 120_000 });
    await expect(
      checked.catch((error: { stdout: string }) => Promise.reject(new Error(error.stdout))),
    ).resolves.toBeDefined();
  }, 130_000);

  it('bundles, starts a worker and answers as its README says', async () => {
    const { stdout } = await run(process.execPath, [join(project, 'main.ts')], {
      cwd: project,
      timeout: 170_000,
      env: { PATH: process.env['PATH'], TEMPORAL_ADDRESS: temporalAddress() },
    });
    const promised = /prints\s`(\{.*?\})`/s.exec(readme)?.[1]?.replaceAll('\n', ' ');
    expect(stdout.trim()).toBe(promised);
  }, 180_000);

  it('imports nothing but the packages that its README names, in the versions of this project', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8')) as {
      readonly [kind: string]: Record<string, string>;
    };
    const here = { ...dependencies, ...devDependencies };
    expect(Object.fromEntries(packages)).toEqual(
      Object.fromEntries([...packages.keys()].map((name) => [name, here[name]])),
    );
    for (const file of sources) {
      for (const [, from = ''] of readFileSync(join(engine, file), 'utf8').matchAll(
        /^(?:import|export|\}).* from '([^']+)';$/gm,
      )) {
        const isOurs = from.startsWith('./') && sources.includes(from.slice(2));
        const name = from
          .split('/')
          .slice(0, from.startsWith('@') ? 2 : 1)
          .join('/');
        expect(
          isOurs || packages.has(name) || builtinModules.includes(from.replace('node:', '')),
          `${file}: ${from}`,
        ).toBe(true);
      }
    }
  });

  it('says of everything that it exports what it is', () => {
    const bare = sources.flatMap((file) => {
      const lines = readFileSync(join(engine, file), 'utf8').split('\n');
      return lines
        .filter((line, at) => /^export (?!\{|type \{|\*)/.test(line) && !lines[at - 1]?.endsWith('*/'))
        .map((line) => `${file}: ${line}`);
    });
    expect(bare).toEqual([]);
  });
});
