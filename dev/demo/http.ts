/** Speaks HTTP with the product, and knows of it only what its API reference says. */
import { createHmac, randomUUID } from 'node:crypto';

export interface Answer<T = unknown> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

export interface Asked {
  /** Text and bytes are sent as they are, all else as JSON. */
  readonly body?: unknown;
  /** Idempotency-Key of a command; a random one when left out. */
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Somebody who asks: the public, an operator with the key, an account with its token. */
export interface Caller {
  /** Whatever the status is. */
  request<T = unknown>(method: string, path: string, asked?: Asked): Promise<Answer<T>>;
  /** The body of a good answer. @throws {UnexpectedAnswer} */
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown, key?: string): Promise<T>;
  put<T>(path: string, body: unknown, key?: string): Promise<T>;
}

/** Problem details as RFC 9457 has them, with the members that this API adds. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly field?: string;
  readonly state?: string;
  readonly accepted?: readonly string[];
  readonly notBefore?: string;
  readonly certificate?: string;
}

/** The API answered, and not as asked for. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
  readonly status: number;
  constructor(method: string, path: string, { status, body }: Answer) {
    const { title, detail, field } = (body ?? {}) as Partial<ProblemBody>;
    const where = field === undefined ? '' : ` (${field})`;
    super(`${method} ${path} answered ${status} ${title ?? ''}${where}: ${detail ?? ''}`);
    this.status = status;
  }
}

const TIMEOUT_MS = 120_000;

/** @param secret the operator's key or an account's token; undefined: the public */
export function caller(baseUrl: string, secret?: string, signal?: AbortSignal): Caller {
  const request = async <T>(method: string, path: string, asked: Asked = {}): Promise<Answer<T>> => {
    const isCommand = method !== 'GET';
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(new URL(path, baseUrl), {
      method,
      headers: {
        ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
        ...(isCommand ? { 'idempotency-key': asked.key ?? randomUUID() } : {}),
        ...(asked.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...asked.headers,
      },
      ...(asked.body === undefined ? {} : { body: bodyOf(asked.body) }),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    const text = await response.text();
    const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
    const body = (isJson && text !== '' ? JSON.parse(text) : text) as T;
    return { status: response.status, body, headers: response.headers };
  };
  const expectGood = async <T>(method: string, path: string, asked?: Asked): Promise<T> => {
    const answer = await request<T>(method, path, asked);
    if (answer.status >= 400) throw new UnexpectedAnswer(method, path, answer);
    return answer.body;
  };
  const withKey = (body: unknown, key: string | undefined): Asked => (key === undefined ? { body } : { body, key });
  return {
    request,
    get: (path) => expectGood('GET', path),
    post: (path, body, key) => expectGood('POST', path, withKey(body, key)),
    put: (path, body, key) => expectGood('PUT', path, withKey(body, key)),
  };
}

/** What the bank sends along with this body under its secret, now. */
export function bankHeaders(body: string, secret: string): Record<string, string> {
  const stamp = Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', secret).update(`${stamp}.${body}`).digest('hex');
  return { 'bank-signature': `t=${stamp},v1=${signature}` };
}

function bodyOf(body: unknown): string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' || isBytes(body) ? body : JSON.stringify(body);
}

const isBytes = (body: unknown): body is Uint8Array<ArrayBuffer> => body instanceof Uint8Array;
