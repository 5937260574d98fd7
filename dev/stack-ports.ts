/** Which ports the parts of a local stack listen on. */
import { choosePorts } from './ports.ts';
import { StackError } from './stack-error.ts';
import type { PartName } from './stack-parts.ts';

export type PortName = 'api' | 'temporal' | 'temporalUi' | 'postgres' | 'smtp' | 'mail';

/** Every port of a stack; 0 where its part is not started here. Temporal's last two are nobody's business but its own. */
export type StackPorts = Readonly<Record<PortName | 'temporalHttp' | 'temporalMetrics', number>>;

const PORTS: Readonly<Record<PortName, { name: string; preferred: number; variable: string; part: PartName }>> = {
  api: { name: 'the API', preferred: 3000, variable: 'PACTA_PORT', part: 'api' },
  temporal: { name: 'Temporal', preferred: 7233, variable: 'PACTA_TEMPORAL_PORT', part: 'temporal' },
  temporalUi: { name: "Temporal's web UI", preferred: 8233, variable: 'PACTA_TEMPORAL_UI_PORT', part: 'temporal' },
  postgres: { name: 'Postgres', preferred: 5433, variable: 'PACTA_POSTGRES_PORT', part: 'postgres' },
  smtp: { name: 'the mail catcher (SMTP)', preferred: 2525, variable: 'PACTA_SMTP_PORT', part: 'mail' },
  mail: { name: 'the mail catcher (web)', preferred: 8025, variable: 'PACTA_MAIL_PORT', part: 'mail' },
};

/**
 * A free port for everything that listens in the parts that are started here.
 * @throws {StackError} when a port that was asked for, by option or by variable, is busy or no port
 */
export async function chooseStackPorts(options: {
  readonly starts: readonly PartName[];
  readonly asked: Partial<Record<PortName, number>>;
  readonly anyPorts: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}): Promise<StackPorts> {
  const { starts, asked, anyPorts, env } = options;
  const wanted = Object.entries(PORTS).filter(([, { part }]) => starts.includes(part));
  const wishes = wanted.map(([key, { name, preferred, variable }]) => {
    const port = asked[key as PortName] ?? (env[variable] ? Number(env[variable]) : undefined);
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
      throw new StackError(`${variable} is "${env[variable]}". Use a port between 1 and 65535, or 0 for any free one.`);
    }
    return { name, variable, preferred: anyPorts ? 0 : preferred, ...(port === undefined ? {} : { asked: port }) };
  });
  // Temporal would take these two without looking.
  const hidden = starts.includes('temporal') ? ['temporalHttp', 'temporalMetrics'] : [];
  const chosen = await choosePorts([...wishes, ...hidden.map((name) => ({ name, variable: '', preferred: 0 }))]);
  const none = {
    api: 0,
    temporal: 0,
    temporalUi: 0,
    postgres: 0,
    smtp: 0,
    mail: 0,
    temporalHttp: 0,
    temporalMetrics: 0,
  };
  return {
    ...none,
    ...Object.fromEntries([...wanted.map(([key]) => key), ...hidden].map((key, at) => [key, chosen[at]])),
  };
}
