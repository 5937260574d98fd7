/** What the manufacturers of a scenario make, unless it says more: one drill, and the warranty on it. */

export const drill = {
  id: 'drill',
  name: 'Cordless drill 18 V',
  components: [
    { id: 'motor', partOf: null },
    { id: 'battery', partOf: null },
    { id: 'blade', partOf: null },
  ],
} as const;

const months = (count: number) => ({ months: count, usage: null, proRata: null });
const start = { rules: [{ basis: 'proofOfPurchase', plus: null }], noLaterThan: [] };

/** Parts 24 months, labour 12, shipping 6, from the sale; not for blades, wear, misuse or accidents. Dead on arrival within 30 days. */
export const standardWarranty = {
  models: [drill.id],
  inForce: { from: '2020-01-01', until: null },
  lines: [
    {
      id: 'whole',
      components: 'all',
      except: ['blade'],
      excludes: ['wear', 'misuse', 'accident', 'unauthorisedRepair'],
      transfers: 1,
      start,
      cover: { parts: months(24), labour: months(12), shipping: months(6) },
    },
  ],
  deadOnArrival: {
    days: 30,
    start,
    classes: ['parts', 'labour', 'shipping'],
    excludes: ['misuse', 'accident'],
    transfers: 0,
  },
};
