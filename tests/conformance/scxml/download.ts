/**
 * The SCXML cases are files of an npm package whose own dependencies are of another age. So the package alone is fetched, by
 * npm, once, and kept in the cache; its digest is pinned.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../../dev/temporal.ts';

const PACKAGE = '@scion-scxml/test-framework@2.0.16';
const SHA512 = '5rRd5CdFLUzmPaO43NSamBmhq6uW/0kUmUneEnqRSbAj0FiFVAINd1DfadUkdECT+xHLARCJZU7meQD4nqYyKw==';

/** The folder of the cases. @throws Error when npm cannot fetch the package, or gives another one */
export function scxmlFolder(): string {
  const cache = cacheFolder(process.env);
  const folder = join(cache, 'scxml-2.0.16');
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    const unfinished = mkdtempSync(join(cache, 'scxml-'));
    try {
      const npm = spawnSync('npm', ['pack', PACKAGE, '--pack-destination', unfinished, '--silent'], {
        encoding: 'utf8',
        timeout: 120_000,
        shell: process.platform === 'win32',
      });
      const [archive] = readdirSync(unfinished);
      if (npm.status !== 0 || archive === undefined) {
        throw new Error(`npm could not fetch ${PACKAGE}: ${npm.stderr.trim().split('\n').at(-1) ?? ''}`);
      }
      const digest = createHash('sha512')
        .update(readFileSync(join(unfinished, archive)))
        .digest('base64');
      if (digest !== SHA512) throw new Error(`What npm gave for ${PACKAGE} is not what was pinned`);
      execFileSync('tar', ['-xzf', archive], { cwd: unfinished });
      if (!existsSync(folder)) renameSync(join(unfinished, 'package'), folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return join(folder, 'test');
}
