/** A change of an account's edition as its account sees it [E2]. */
import { Type, type Static } from 'typebox';
import type { EditionChange } from '../db/edition-changes.ts';
import { Edition, Instant, Nullable } from './fields.ts';
import { numberOfOrder } from './order-view.ts';

export const EditionChangeView = Type.Object(
  {
    kind: Type.Enum(['upgrade', 'downgrade']),
    from: Edition,
    to: Edition,
    state: Type.Enum(['requested', 'agreed', 'done', 'withdrawn', 'lapsed', 'unpriced'], {
      description:
        'An upgrade is requested until it is paid; a downgrade is agreed until its term begins; unpriced: the platform has no price for it in the currency of the present edition, and nothing is under way',
    }),
    order: Nullable(Type.Integer({ description: 'Number of the order that pays an upgrade' })),
    requestedAt: Instant('When it was asked for'),
    effectiveAt: Nullable(Instant('When the edition changes or changed, as far as that is known')),
  },
  {
    examples: [
      {
        kind: 'downgrade',
        from: 'professional',
        to: 'standard',
        state: 'agreed',
        order: null,
        requestedAt: '2027-03-10T02:00:00.000Z',
        effectiveAt: null,
      },
    ],
  },
);

export function editionChangeView(change: EditionChange): Static<typeof EditionChangeView> {
  return {
    kind: change.kind,
    from: change.from_edition,
    to: change.to_edition,
    state: change.state,
    order: change.order_id === null ? null : numberOfOrder(change.order_id),
    requestedAt: change.requested_at,
    effectiveAt: change.effective_at,
  };
}
