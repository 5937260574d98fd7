/** The secrets of one local stack: made once, kept in its data folder, readable by its owner only. */
import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface LocalSecrets {
  readonly operatorKey: string;
  readonly bankWebhookSecret: string;
  readonly postgresPassword: string;
}

export function localSecrets(dataDir: string): LocalSecrets {
  const file = join(dataDir, 'secrets.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as LocalSecrets;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const secrets = { operatorKey: secret(), bankWebhookSecret: secret(), postgresPassword: secret() };
  writeFileSync(`${file}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return secrets;
}

function secret(): string {
  return randomBytes(24).toString('hex');
}
