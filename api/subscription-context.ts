/**
 * The little that the API reads from a subscription's context in the read model. The context belongs to the machine;
 * what stands here is checked, because rows may be of an earlier version of it.
 */
import type { Json } from '../db/schema.ts';
import { editions } from '../machines/agreement.ts';
import type { Edition } from '../machines/agreement.ts';
import { numberOfOrder } from './order-view.ts';

/** Names of required information that is not given [U1]. */
export function missingIn(context: Json | undefined): string[] {
  const missing = field(context, 'missing');
  return Array.isArray(missing) ? missing.filter((name): name is string => typeof name === 'string') : [];
}

/** The version of the agreement that the account registered under. */
export function agreementIn(
  instance: { readonly context: Json } | undefined,
): { version: string; textHash: string } | undefined {
  const agreement = field(instance?.context, 'agreement');
  const version = field(agreement, 'version');
  const textHash = field(agreement, 'textHash');
  return typeof version === 'string' && typeof textHash === 'string' ? { version, textHash } : undefined;
}

/** When the renewal notice is due, which is when the window for renewals opens [R1, R2]. */
export function noticeAtIn(context: Json | undefined): string | undefined {
  const noticeAt = field(context, 'noticeAt');
  return typeof noticeAt === 'string' ? noticeAt : undefined;
}

/** The account's edition, and the change of it that is under way [E2]. */
export function editionsIn(context: Json | undefined): {
  readonly isRenewalOpen: boolean;
  readonly edition?: Edition;
  readonly change?: {
    readonly kind: 'upgrade' | 'downgrade';
    readonly to: string;
    readonly effectiveAt: string | null;
  };
} {
  const edition = editions.find((one) => one === field(context, 'edition'));
  const change = field(context, 'editionChange');
  const [kind, to, effectiveAt] = (['kind', 'to', 'effectiveAt'] as const).map((name) => field(change, name));
  return {
    isRenewalOpen: field(field(context, 'order'), 'kind') === 'renewal',
    ...(edition === undefined ? {} : { edition }),
    ...((kind === 'upgrade' || kind === 'downgrade') && typeof to === 'string'
      ? { change: { kind, to, effectiveAt: typeof effectiveAt === 'string' ? effectiveAt : null } }
      : {}),
  };
}

/** The renewal that is applied for: the number of its order, and whether it is paid [R2, R3]. */
export function renewalIn(context: Json | undefined): { readonly n: number; readonly isPaid: boolean } | undefined {
  const order = field(context, 'order');
  const orderId = field(order, 'orderId');
  if (field(order, 'kind') !== 'renewal' || typeof orderId !== 'string') return undefined;
  return { n: numberOfOrder(orderId), isPaid: field(order, 'isPaid') === true };
}

function field(value: Json | undefined, name: string): Json | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  return (value as { readonly [key: string]: Json | undefined })[name];
}
