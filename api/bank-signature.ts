/**
 * The signature of the bank's webhook: `Bank-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<raw body>">`.
 * Several `v1` may be given; one valid under one of our secrets is enough, so secrets rotate without a gap.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far the bank's clock may be from ours, either way: what is older could be a recorded request. */
const TOLERANCE_SECONDS = 5 * 60;

export type SignatureVerdict = 'valid' | 'malformed' | 'stale' | 'wrong';

/**
 * @param now real time in milliseconds; a signature's age is a matter between two machines, not of any contract's clock
 */
export function verifyBankSignature(
  header: string | undefined,
  rawBody: Buffer,
  secrets: readonly string[],
  now: number,
): SignatureVerdict {
  const parts = (header ?? '').split(',').map((part) => part.trim().split('=', 2) as [string, string | undefined]);
  const stamp = parts.find(([name]) => name === 't')?.[1];
  const signatures = parts.flatMap(([name, value]) => (name === 'v1' && value ? [value] : []));
  if (stamp === undefined || !/^[0-9]{1,12}$/.test(stamp) || signatures.length === 0) return 'malformed';
  const valid = secrets.some((secret) => {
    const expected = mac(stamp, rawBody, secret);
    return signatures.some(
      (given) => /^[0-9a-f]{64}$/i.test(given) && timingSafeEqual(Buffer.from(given, 'hex'), expected),
    );
  });
  if (!valid) return 'wrong';
  return Math.abs(now / 1000 - Number(stamp)) <= TOLERANCE_SECONDS ? 'valid' : 'stale';
}

/** What a bank sends along with `body`; for tests, the demo and as documentation. */
export function bankSignature(body: string | Buffer, secret: string, now: number): string {
  const stamp = String(Math.floor(now / 1000));
  return `t=${stamp},v1=${mac(stamp, Buffer.from(body), secret).toString('hex')}`;
}

function mac(stamp: string, body: Buffer, secret: string): Buffer {
  return createHmac('sha256', secret).update(`${stamp}.`).update(body).digest();
}
