/** Builds the Temporal command line with Go from the module list in dev/temporal, which pins every version by hash. */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { signal } from './child.ts';

const PACKAGE = 'github.com/temporalio/cli/cmd/temporal';
const VERSION_VARIABLE = 'github.com/temporalio/cli/internal/temporalcli.Version';
const VERSION = '1.9.1';
const PROGRESS_EVERY_MS = 5000;

/**
 * @param target where the program shall be written
 * @throws when there is no Go, no network, or the build fails; the message is Go's last line
 */
export async function buildTemporal(
  target: string,
  {
    root,
    env,
    tell,
  }: { root: string; env: Readonly<Record<string, string | undefined>>; tell: (text: string) => void },
): Promise<void> {
  const go = spawnSync('go', ['version'], { encoding: 'utf8', env: { ...env } });
  if (go.error !== undefined || go.status !== 0) throw new Error('there is no Go on the PATH');
  tell('building Temporal with Go: once, about 4 minutes');

  const flags = [
    'build',
    '-v',
    '-mod=readonly',
    '-ldflags',
    `-s -w -X ${VERSION_VARIABLE}=${VERSION}`,
    '-o',
    target,
    PACKAGE,
  ];
  const build = spawn('go', flags, {
    cwd: join(root, 'dev', 'temporal'),
    env: { ...env, CGO_ENABLED: '0' },
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const startedAt = Date.now();
  let compiled = 0;
  let downloaded = 0;
  let lastLine = '';
  build.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    for (const line of chunk.split('\n').filter((text) => text.trim() !== '')) {
      if (line.startsWith('go: downloading')) downloaded += 1;
      else if (/^[\w./~-]+$/.test(line)) compiled += 1;
      lastLine = line;
    }
  });
  const progress = setInterval(() => {
    const minutes = ((Date.now() - startedAt) / 60_000).toFixed(1);
    tell(
      compiled === 0
        ? `Go has fetched ${downloaded} modules (${minutes} min)`
        : `Go has compiled ${compiled} packages (${minutes} min)`,
    );
  }, PROGRESS_EVERY_MS);
  // Go compiles in a group of its own: whoever interrupts the start must not leave it at work. An interrupt lets it
  // remove its working folder.
  const abandon = (): void => {
    if (build.pid !== undefined) signal(-build.pid, 'SIGINT');
  };
  process.once('exit', abandon);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      build.once('close', resolve);
      build.once('error', reject);
    });
    if (code !== 0) throw new Error(lastLine.slice(0, 300));
  } finally {
    clearInterval(progress);
    process.off('exit', abandon);
  }
}
