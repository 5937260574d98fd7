/** Calls to Pacta's API that outlast crashes: every command has a key of its own and is repeated under it until it is answered. */
import { setTimeout as sleep } from 'node:timers/promises';

const RETRY_MS = 150;
const REQUEST_TIMEOUT_MS = 330_000;

/** The API refused: it will refuse again. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  readonly type: string;
  /** Path of the certificate, once an erasure is over. */
  readonly certificate: string | undefined;
  constructor(
    what: string,
    status: number,
    problem: { readonly type?: string; readonly detail?: string; readonly certificate?: string },
  ) {
    super(`${what}: ${status} ${problem.type ?? ''} ${problem.detail ?? ''}`);
    this.status = status;
    this.type = problem.type ?? '';
    this.certificate = problem.certificate;
  }
}

export interface Api {
  get<T>(path: string, token?: string): Promise<T>;
  /** @param key the Idempotency-Key: the same one again changes nothing and gives the first answer */
  send<T>(method: 'POST' | 'PUT', path: string, body: object, key: string, token?: string): Promise<T>;
}

/**
 * @param operatorKey used where no account's token is given
 * @param patienceMs how long a call is repeated while nobody answers, or with 5xx only
 */
export function apiAt(address: string, operatorKey: string, patienceMs = 240_000): Api {
  async function call<T>(
    method: string,
    path: string,
    token: string | undefined,
    body?: object,
    key?: string,
  ): Promise<T> {
    const giveUpAt = performance.now() + patienceMs;
    for (;;) {
      const failure = await attempt(method, path, token, body, key);
      if ('value' in failure) return failure.value as T;
      if (performance.now() > giveUpAt) throw new Error(`${method} ${path} is not answered`, { cause: failure.error });
      await sleep(RETRY_MS);
    }
  }

  async function attempt(
    method: string,
    path: string,
    token: string | undefined,
    body?: object,
    key?: string,
  ): Promise<{ value: unknown } | { error: unknown }> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${address}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token ?? operatorKey}`,
          ...(body ? { 'content-type': 'application/json' } : {}),
          ...(key ? { 'idempotency-key': key } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      text = await response.text();
    } catch (error) {
      return { error };
    }
    const value: unknown = text === '' ? null : JSON.parse(text);
    if (response.ok) return { value };
    const refusal = new Refused(
      `${method} ${path}`,
      response.status,
      value as { type?: string; detail?: string; certificate?: string },
    );
    if (response.status < 500) throw refusal;
    return { error: refusal };
  }

  return {
    get: (path, token) => call('GET', path, token),
    send: (method, path, body, key, token) => call(method, path, token, body, key),
  };
}

/** Waits until it is so. */
export async function eventually(what: string, isSo: () => Promise<boolean>, withinMs = 400_000): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  for (let pause = 20; !(await isSo()); pause = Math.min(pause * 1.5, 250)) {
    if (performance.now() > giveUpAt) throw new Error(`Waited in vain: ${what}`);
    await sleep(pause);
  }
}
