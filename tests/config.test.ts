import { expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../config.ts';

const COMPLETE = {
  DATABASE_URL: 'postgres://pacta:secret@db.example:5432/pacta',
  PACTA_SMTP_URL: 'smtps://pacta:secret@mail.example:465',
  PACTA_KEYS_DIR: '/var/lib/pacta/keys',
  PACTA_FILES_DIR: '/var/lib/pacta/files',
  PACTA_BUILDS_DIR: '/var/lib/pacta/builds',
  PACTA_OPERATOR_KEY: '0123456789abcdef0123456789abcdef',
  PACTA_BANK_WEBHOOK_SECRETS: 'first-secret-of-the-bank, second-secret-of-the-bank',
  // Keeps a profile of the machine's own out of the test.
  TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml',
};

function problemsOf(env: Record<string, string | undefined>): string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return error instanceof ConfigError ? error.problems.map(({ variable }) => variable) : [];
  }
}

it('reads a complete environment and fills in what has a default', () => {
  expect(loadConfig(COMPLETE)).toMatchObject({
    databaseUrl: COMPLETE.DATABASE_URL,
    temporal: { connection: { address: 'localhost:7233' }, namespace: 'default' },
    taskQueue: 'pacta',
    host: '127.0.0.1',
    port: 3000,
    publicUrl: 'http://127.0.0.1:3000',
    bankWebhookSecrets: ['first-secret-of-the-bank', 'second-secret-of-the-bank'],
    testClocks: false,
    scanner: undefined,
    logLevel: 'info',
    failpoint: undefined,
  });
});

it("takes Temporal's own names for a cluster in the cloud", () => {
  const { temporal } = loadConfig({
    ...COMPLETE,
    TEMPORAL_ADDRESS: 'us-east-1.aws.api.temporal.io:7233',
    TEMPORAL_NAMESPACE: 'pacta.prod',
    TEMPORAL_API_KEY: 'key-of-the-cloud',
  });
  expect(temporal).toMatchObject({
    connection: { address: 'us-east-1.aws.api.temporal.io:7233', apiKey: 'key-of-the-cloud', tls: true },
    namespace: 'pacta.prod',
  });
});

it('names every variable that is missing at once, with the way out', () => {
  expect(problemsOf({ TEMPORAL_CONFIG_FILE: COMPLETE.TEMPORAL_CONFIG_FILE })).toEqual([
    'DATABASE_URL',
    'PACTA_SMTP_URL',
    'PACTA_OPERATOR_KEY',
    'PACTA_BANK_WEBHOOK_SECRETS',
    'PACTA_KEYS_DIR',
    'PACTA_FILES_DIR',
    'PACTA_BUILDS_DIR',
  ]);
  expect(() => loadConfig({ ...COMPLETE, PACTA_OPERATOR_KEY: '' })).toThrow(
    'PACTA_OPERATOR_KEY is not set: make one with',
  );
});

it.each([
  ['DATABASE_URL', 'mysql://host/pacta'],
  ['PACTA_SMTP_URL', 'mail.example'],
  ['PACTA_PORT', '70000'],
  ['PACTA_PORT', 'http'],
  ['PACTA_PUBLIC_URL', 'pacta.example'],
  ['PACTA_OPERATOR_KEY', 'short'],
  ['PACTA_BANK_WEBHOOK_SECRETS', 'short'],
  ['PACTA_BANK_WEBHOOK_SECRETS', 'the-first-secret-of-all,the-second-secret-of-all,the-third-secret-of-all'],
  ['PACTA_TEST_CLOCKS', 'yes'],
  ['PACTA_LOG_LEVEL', 'loud'],
])('refuses %s when it is "%s"', (variable, value) => {
  expect(problemsOf({ ...COMPLETE, [variable]: value })).toEqual([variable]);
});

it('never repeats a secret in its errors', () => {
  expect(() => loadConfig({ ...COMPLETE, PACTA_OPERATOR_KEY: 'hush', PACTA_BANK_WEBHOOK_SECRETS: 'quiet' })).toThrow(
    expect.not.objectContaining({ message: expect.stringMatching(/hush|quiet/) }),
  );
});

it('takes the address of a scanner on a port or on a socket of the machine', () => {
  const scannerOf = (PACTA_SCANNER: string) => loadConfig({ ...COMPLETE, PACTA_SCANNER }).scanner;
  expect(scannerOf('none')).toBeUndefined();
  expect(scannerOf('tcp://127.0.0.1:3310')).toEqual({ host: '127.0.0.1', port: 3310 });
  expect(scannerOf('tcp://[::1]:3310')).toEqual({ host: '::1', port: 3310 });
  expect(scannerOf('unix:///run/clamav/clamd.ctl')).toEqual({ path: '/run/clamav/clamd.ctl' });
  for (const wrong of ['clamd', '127.0.0.1:3310', 'tcp://scanner', 'http://scanner:3310', 'unix://scanner/clamd.ctl']) {
    expect(problemsOf({ ...COMPLETE, PACTA_SCANNER: wrong }), wrong).toEqual(['PACTA_SCANNER']);
  }
});
