import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BuildFolder, VersioningUnsupported, buildIdOf, serveBuilds } from '../../engine/builds.ts';
import type { BuildsOptions } from '../../engine/builds.ts';

const bundle = (code: string) => ({ code, sourceMap: '' });
const newFolder = () => mkdtempSync(join(tmpdir(), 'pacta-builds-'));

it('a build is named by its code, wherever its sources lie', () => {
  const one = bundle('run();\n//# sourceMappingURL=data:application/json;base64,aaaa');
  const other = bundle('run();\n//# sourceMappingURL=data:application/json;base64,bbbb');
  expect(buildIdOf(one)).toBe(buildIdOf(other));
  expect(buildIdOf(one)).not.toBe(buildIdOf(bundle('walk();')));
  expect(buildIdOf(one)).toMatch(/^[0-9a-f]{16}$/);
});

it('a folder of builds gives back what it keeps, and knows nothing of what it does not', async () => {
  const folder = newFolder();
  const builds = new BuildFolder(join(folder, 'builds'));
  await builds.keep('a', bundle('run();'));
  await builds.keep('a', bundle('another under the same name'));
  expect(await builds.load('a')).toEqual(bundle('run();'));
  expect(await builds.load('b')).toBeUndefined();
  expect(readdirSync(join(folder, 'builds'))).toEqual(['a.js']);
  await builds.remove('a');
  expect(await builds.ids()).toEqual([]);
});

it('a server without Worker Versioning is refused with what to do, before anything is kept', async () => {
  const folder = newFolder();
  const old = {
    workflowService: {
      describeWorkerDeployment: () =>
        Promise.reject(Object.assign(new Error('12 UNIMPLEMENTED'), { code: 12, details: 'unknown method' })),
    },
  };
  const options = { client: old, worker: { namespace: 'default' }, bundle: bundle('run();'), folder };
  const refused = await serveBuilds({ ...options, definitions: [], deployment: 'd' } as unknown as BuildsOptions).catch(
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(VersioningUnsupported);
  expect((refused as Error).message).toContain('1.28 or later');
  expect(readdirSync(folder)).toEqual([]);
});
