/** How the local stack starts its mail catcher (mail-process.ts). */
import { join } from 'node:path';
import type { ChildPlan } from './child.ts';

export interface MailOptions {
  readonly folder: string;
  readonly smtpPort: number;
  readonly httpPort: number;
  readonly logFile: string;
  readonly root: string;
}

export function planMail({ folder, smtpPort, httpPort, logFile, root }: MailOptions): ChildPlan {
  return {
    name: 'the mail catcher',
    command: process.execPath,
    args: [join(root, 'dev', 'mail-process.ts'), folder, String(smtpPort), String(httpPort)],
    cwd: root,
    env: process.env,
    logFile,
    stopSignal: 'SIGTERM',
    ready: async (log) => Promise.resolve(log().includes('mail ready')),
    readyWithinMs: 30_000,
  };
}
