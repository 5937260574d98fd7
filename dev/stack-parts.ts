/**
 * What the parts of a local stack are and how they fit together: where each keeps its data, how it is started, at which
 * address people find it, and the environment that the worker and the API read it all from.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildPlan } from './child.ts';
import { planMail } from './mail.ts';
import { databaseUrl, planPostgres } from './postgres.ts';
import { planApi, planWorker } from './processes.ts';
import { localSecrets } from './secrets.ts';
import type { StackPorts } from './stack-ports.ts';
import type { StackUrls } from './state.ts';
import { planTemporal, type FoundTemporal } from './temporal.ts';

export type PartName = 'postgres' | 'temporal' | 'mail' | 'worker' | 'api';

export const ALL_PARTS: readonly PartName[] = ['postgres', 'temporal', 'mail', 'worker', 'api'];

export interface StackParts {
  /** How to start each part that is started here. */
  readonly plans: ReadonlyMap<PartName, () => Promise<ChildPlan>>;
  readonly urls: StackUrls;
  readonly env: Readonly<Record<string, string>>;
  /** The database that Postgres itself keeps, when the server is started here: the way to make ours. */
  readonly serverUrl: string | undefined;
}

export interface PartsOptions {
  readonly root: string;
  readonly dataDir: string;
  readonly starts: readonly PartName[];
  readonly ports: StackPorts;
  readonly temporal: FoundTemporal | undefined;
  readonly fsync: boolean;
  /** The environment around the stack; its own settings go before the local ones. */
  readonly outer: Readonly<Record<string, string | undefined>>;
}

/** Lays out the data folder, and makes the secrets if this is its first start. */
export function layOut(options: PartsOptions): StackParts {
  const { root, dataDir, starts, ports, temporal, fsync, outer } = options;
  const secrets = localSecrets(dataDir);
  const folder = (name: string, mode = 0o755): string => {
    const path = join(dataDir, name);
    mkdirSync(path, { recursive: true, mode });
    return path;
  };
  const logFile = (name: PartName): string => join(folder('logs'), `${name}.log`);
  const api = `http://127.0.0.1:${ports.api}`;
  const temporalConfig = join(dataDir, 'temporal.toml');
  // An empty profile, so that none of the user's for another cluster is read.
  writeFileSync(temporalConfig, '[profile.default]\n');
  const password = secrets.postgresPassword;
  const ownsPostgres = starts.includes('postgres');

  const ways: Record<PartName, () => Promise<ChildPlan>> = {
    postgres: () =>
      planPostgres({
        dir: join(dataDir, 'postgres'),
        port: ports.postgres,
        password,
        fsync,
        logFile: logFile('postgres'),
      }),
    temporal: async () =>
      planTemporal({
        program: temporal !== undefined && temporal.source !== 'address' ? temporal.program : '',
        databaseFile: join(dataDir, 'temporal.db'),
        port: ports.temporal,
        uiPort: ports.temporalUi,
        httpPort: ports.temporalHttp,
        metricsPort: ports.temporalMetrics,
        fsync,
        logFile: logFile('temporal'),
        cwd: dataDir,
      }),
    mail: async () => {
      const mails = folder('mail', 0o700);
      return planMail({ folder: mails, smtpPort: ports.smtp, httpPort: ports.mail, logFile: logFile('mail'), root });
    },
    worker: async () => planWorker(root, logFile('worker')),
    api: async () => planApi(root, logFile('api'), api),
  };

  const has = (part: PartName, url: string): string | undefined => (starts.includes(part) ? url : undefined);
  return {
    plans: new Map(starts.map((part) => [part, ways[part]])),
    serverUrl: ownsPostgres ? databaseUrl(ports.postgres, password, 'postgres') : undefined,
    urls: defined({
      api: has('api', api),
      reference: has('api', `${api}/reference`),
      temporalUi: has('temporal', `http://127.0.0.1:${ports.temporalUi}`),
      mail: has('mail', `http://127.0.0.1:${ports.mail}`),
    }),
    env: defined({
      DATABASE_URL: ownsPostgres ? databaseUrl(ports.postgres, password) : outer.DATABASE_URL,
      ...temporalVariables(temporal, ports.temporal, temporalConfig, outer),
      PACTA_TASK_QUEUE: outer.PACTA_TASK_QUEUE || 'pacta',
      PACTA_HOST: outer.PACTA_HOST || '127.0.0.1',
      PACTA_PORT: String(ports.api),
      PACTA_PUBLIC_URL: outer.PACTA_PUBLIC_URL || api,
      PACTA_SMTP_URL: outer.PACTA_SMTP_URL || has('mail', `smtp://127.0.0.1:${ports.smtp}`),
      PACTA_MAIL_FROM: outer.PACTA_MAIL_FROM || 'Pacta <no-reply@pacta.invalid>',
      PACTA_KEYS_DIR: outer.PACTA_KEYS_DIR || folder('keys', 0o700),
      PACTA_FILES_DIR: outer.PACTA_FILES_DIR || folder('files', 0o700),
      PACTA_BUILDS_DIR: outer.PACTA_BUILDS_DIR || folder('builds', 0o700),
      PACTA_SCANNER: outer.PACTA_SCANNER || 'none',
      PACTA_OPERATOR_KEY: outer.PACTA_OPERATOR_KEY || secrets.operatorKey,
      PACTA_BANK_WEBHOOK_SECRETS: outer.PACTA_BANK_WEBHOOK_SECRETS || secrets.bankWebhookSecret,
      PACTA_LOG_LEVEL: outer.PACTA_LOG_LEVEL || 'info',
    }),
  };
}

/** Test clocks only on a server of our own that skips time; a server of the user's is taken as the user describes it. */
function temporalVariables(
  temporal: FoundTemporal | undefined,
  port: number,
  configFile: string,
  outer: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  if (temporal === undefined || temporal.source === 'address') {
    const theirs = Object.entries(outer).filter(([name]) => name.startsWith('TEMPORAL_'));
    return { ...Object.fromEntries(theirs), PACTA_TEST_CLOCKS: 'false' };
  }
  return {
    TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_CONFIG_FILE: configFile,
    PACTA_TEST_CLOCKS: String(temporal.skipsTime),
  };
}

function defined(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
