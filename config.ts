/**
 * The configuration of every process of Pacta, read once from the environment. The only reader of `process.env` outside
 * dev/ and tests/: everything else takes a {@link Config}, or the part of it that it needs, as an argument.
 */
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const MIN_SECRET_LENGTH = 16;

export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Config {
  /** `postgres://…` of the database that holds the read model, the audit and the vault. */
  readonly databaseUrl: string;
  /** Where Temporal is, by Temporal's own names (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, `TEMPORAL_TLS…`). */
  readonly temporal: {
    readonly connection: ClientConnectConfig['connectionOptions'] & { readonly address: string };
    readonly namespace: string;
  };
  readonly taskQueue: string;
  /** Address and port that the API listens on. */
  readonly host: string;
  readonly port: number;
  /** How the world reaches the API; links in pages and mails start with it. Without a slash at the end. */
  readonly publicUrl: string;
  /** `smtp://…` of the server that takes the e-mail copies of notices. */
  /** Where the worker serves its metrics for Prometheus, `host:port`; absent: nowhere. */
  readonly metricsAddress: string | undefined;
  readonly smtpUrl: string;
  readonly mailFrom: string;
  /** Folder of the account keys, one file each: whoever destroys a file has erased what it encrypts. */
  readonly keysDir: string;
  /** Folder of uploaded files, encrypted under the account's key. */
  readonly filesDir: string;
  /** Folder of the workflow bundles of every build that has open contracts: it outlives deploys, and all workers see it. */
  readonly buildsDir: string;
  /** What scans uploaded files; undefined: nothing does. */
  readonly scanner: ScannerAddress | undefined;
  readonly operatorKey: string;
  /** Secrets that the bank may sign its webhook with: one, or two during a rotation. */
  readonly bankWebhookSecrets: readonly string[];
  /** Whether clocks of test accounts may be advanced. Only the local stack, whose Temporal server skips time, sets it. */
  readonly testClocks: boolean;
  readonly logLevel: LogLevel;
  /** Name of the point at which this process kills itself; tests of crash recovery set it, nothing else. */
  readonly failpoint: string | undefined;
}

/** Where a clamd listens: on a port, or on a socket of this machine. */
export type ScannerAddress = { readonly host: string; readonly port: number } | { readonly path: string };

export interface ConfigProblem {
  readonly variable: string;
  readonly problem: string;
  readonly wayOut: string;
}

/** The environment does not describe a configuration. Carries every problem found, not only the first. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ variable, problem, wayOut }) => `${variable} ${problem}: ${wayOut}`);
    super(`The configuration is not complete.\n${lines.map((line) => `  ${line}`).join('\n')}`);
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the configuration. An empty variable counts as not set.
 * @throws {ConfigError} naming every variable that is missing or malformed, and the way out of it.
 */
export function loadConfig(env: Environment = process.env): Config {
  const problems: ConfigProblem[] = [];
  const refuse = (variable: string, problem: string, wayOut: string): void => {
    problems.push({ variable, problem, wayOut });
  };
  const optional = (variable: string): string | undefined => env[variable]?.trim() || undefined;
  const required = (variable: string, wayOut: string): string => {
    const value = optional(variable);
    if (value === undefined) refuse(variable, 'is not set', wayOut);
    return value ?? '';
  };
  const url = (variable: string, schemes: readonly string[], value: string, wayOut: string): string => {
    if (value !== '' && !(URL.canParse(value) && schemes.includes(new URL(value).protocol))) {
      refuse(variable, `is not a URL that starts with ${schemes.map((s) => `${s}//`).join(' or ')}`, wayOut);
    }
    return value;
  };
  const oneOf = <T extends string>(variable: string, choices: readonly T[], fallback: T): T => {
    const value = optional(variable) ?? fallback;
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined) refuse(variable, `is "${value}"`, `use one of ${choices.join(', ')}`);
    return choice ?? fallback;
  };

  const toDatabase = 'give the address of a Postgres database, postgres://user:password@host:5432/name';
  const databaseUrl = url(
    'DATABASE_URL',
    ['postgres:', 'postgresql:'],
    required('DATABASE_URL', toDatabase),
    toDatabase,
  );

  const toMailServer = 'give the address of a mail server, smtp://host:25 or smtps://user:password@host:465';
  const smtpUrl = url('PACTA_SMTP_URL', ['smtp:', 'smtps:'], required('PACTA_SMTP_URL', toMailServer), toMailServer);

  const port = Number(optional('PACTA_PORT') ?? '3000');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    refuse('PACTA_PORT', `is "${optional('PACTA_PORT')}"`, 'use a port between 1 and 65535, or 0 for any free one');
  }
  const host = optional('PACTA_HOST') ?? '127.0.0.1';
  const given = optional('PACTA_PUBLIC_URL');
  const toPublicUrl = 'give the address at which people reach the API, https://pacta.example';
  const publicUrl =
    given === undefined
      ? `http://${host}:${port}`
      : url('PACTA_PUBLIC_URL', ['http:', 'https:'], given, toPublicUrl).replace(/\/+$/, '');

  const operatorKey = required('PACTA_OPERATOR_KEY', 'make one with `openssl rand -hex 32`');
  if (operatorKey !== '' && operatorKey.length < MIN_SECRET_LENGTH) {
    refuse(
      'PACTA_OPERATOR_KEY',
      `is shorter than ${MIN_SECRET_LENGTH} characters`,
      'make one with `openssl rand -hex 32`',
    );
  }
  const toSecrets = 'give the secret agreed with the bank, or two with a comma between while it is being rotated';
  const bankWebhookSecrets = required('PACTA_BANK_WEBHOOK_SECRETS', toSecrets)
    .split(',')
    .map((secret) => secret.trim())
    .filter((secret) => secret !== '');
  if (bankWebhookSecrets.length > 2) refuse('PACTA_BANK_WEBHOOK_SECRETS', 'names more than two secrets', toSecrets);
  if (bankWebhookSecrets.some((secret) => secret.length < MIN_SECRET_LENGTH)) {
    refuse('PACTA_BANK_WEBHOOK_SECRETS', `has a secret shorter than ${MIN_SECRET_LENGTH} characters`, toSecrets);
  }

  const config: Config = {
    databaseUrl,
    temporal: temporalConfig(env, refuse),
    taskQueue: optional('PACTA_TASK_QUEUE') ?? 'pacta',
    host,
    port,
    publicUrl,
    metricsAddress: env.PACTA_METRICS_ADDRESS || undefined,
    smtpUrl,
    mailFrom: optional('PACTA_MAIL_FROM') ?? 'Pacta <no-reply@pacta.invalid>',
    keysDir: required(
      'PACTA_KEYS_DIR',
      'give a folder for the account keys, on storage that is not in the backups of the database',
    ),
    filesDir: required('PACTA_FILES_DIR', 'give a folder for uploaded files'),
    buildsDir: required(
      'PACTA_BUILDS_DIR',
      'give a folder for the builds of the machines that outlives deploys and that all workers share',
    ),
    scanner: scannerAddress(optional('PACTA_SCANNER') ?? 'none', refuse),
    operatorKey,
    bankWebhookSecrets,
    testClocks: oneOf('PACTA_TEST_CLOCKS', ['true', 'false'], 'false') === 'true',
    logLevel: oneOf('PACTA_LOG_LEVEL', LOG_LEVELS, 'info'),
    failpoint: optional('PACTA_FAILPOINT'),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** `none`, `tcp://host:port` or `unix:///path`. */
function scannerAddress(
  value: string,
  refuse: (variable: string, problem: string, wayOut: string) => void,
): ScannerAddress | undefined {
  if (value === 'none') return undefined;
  if (URL.canParse(value)) {
    const { protocol, hostname, port, pathname } = new URL(value);
    // An IPv6 address stands in brackets in a URL, and without them in a socket's.
    if (protocol === 'tcp:' && hostname !== '' && port !== '')
      return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
    if (protocol === 'unix:' && hostname === '' && pathname.length > 1) return { path: decodeURIComponent(pathname) };
  }
  refuse(
    'PACTA_SCANNER',
    'is no address of a scanner',
    'give that of a clamd, tcp://127.0.0.1:3310 or unix:///run/clamav/clamd.ctl, or none',
  );
  return undefined;
}

/** Temporal's own reading of its own variables and of its configuration file, with the defaults its tools have. */
function temporalConfig(
  env: Environment,
  refuse: (variable: string, problem: string, wayOut: string) => void,
): Config['temporal'] {
  const given = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: given });
    return {
      connection: { ...connectionOptions, address: connectionOptions.address ?? 'localhost:7233' },
      namespace: namespace ?? 'default',
    };
  } catch (error) {
    refuse(
      'TEMPORAL_*',
      `cannot be read (${error instanceof Error ? error.message : String(error)})`,
      "use Temporal's names: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS, TEMPORAL_PROFILE",
    );
    return { connection: { address: '' }, namespace: '' };
  }
}
