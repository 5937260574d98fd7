/**
 * Who is asking. The one seam for credentials: routes say in their `config.access` who may come in, and get a
 * {@link Principal}; how a principal is recognised stands only here.
 *
 * Today: the operator's key and one token per account, as `Authorization: Bearer …`, or as Basic user and password on
 * GET, so that a page opens in a browser (`operator` and the key, or the account id and its token). Basic is not taken
 * for commands, because browsers add it to requests that other sites start.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export type Principal =
  | { readonly kind: 'public' }
  | { readonly kind: 'operator' }
  | { readonly kind: 'account'; readonly accountId: string };

/** Whom a route lets in: `account` is the account named in the path and nobody else, `either` is it or the operator. */
export type Access = 'public' | 'operator' | 'account' | 'either';

export interface Credentials {
  /** Undefined when credentials were given but nobody is known by them. */
  identify(authorization: string | undefined, method: string): Promise<Principal | undefined>;
}

const TOKEN_PREFIX = 'pacta_';

/**
 * @param operatorKey at least 16 characters
 * @param accountOfTokenHash the account that has this {@link hashOfToken}, if any
 */
export function createCredentials(
  operatorKey: string,
  accountOfTokenHash: (tokenHash: string) => Promise<string | undefined>,
): Credentials {
  const operatorDigest = digest(operatorKey);
  const holderOf = async (secret: string): Promise<Principal | undefined> => {
    // Equal lengths and a constant-time comparison: the digests say nothing about how much of a guess was right.
    if (timingSafeEqual(digest(secret), operatorDigest)) return { kind: 'operator' };
    if (!secret.startsWith(TOKEN_PREFIX)) return undefined;
    const accountId = await accountOfTokenHash(hashOfToken(secret));
    return accountId === undefined ? undefined : { kind: 'account', accountId };
  };
  return {
    async identify(authorization, method) {
      if (authorization === undefined) return { kind: 'public' };
      const [scheme, value] = authorization.split(' ', 2);
      if (value === undefined || value.length > 512) return undefined;
      if (scheme?.toLowerCase() === 'bearer') return holderOf(value);
      if (scheme?.toLowerCase() === 'basic' && method === 'GET') {
        const decoded = Buffer.from(value, 'base64').toString('utf8');
        const separator = decoded.indexOf(':');
        const holder = await holderOf(decoded.slice(separator + 1));
        const user = holder?.kind === 'account' ? holder.accountId : 'operator';
        return separator > 0 && decoded.slice(0, separator) === user ? holder : undefined;
      }
      return undefined;
    },
  };
}

/**
 * The token of an account: always the same for one account key, so that a repeated registration answers alike without
 * the token being stored anywhere. It dies with the key.
 */
export function tokenOf(accountKey: Uint8Array): string {
  return TOKEN_PREFIX + createHmac('sha256', accountKey).update('account token, version 1').digest('base64url');
}

/** What is stored of a token, hex. A plain hash is enough: a token has 256 bits of entropy. */
export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
