/** What `npm run bench:analysis` asks: every route, with the groups and filters that people ask for, narrow and wide. */

const everywhere = [
  '',
  'groupBy=model',
  'groupBy=component',
  'groupBy=batch',
  'groupBy=month',
  'groupBy=model,component',
  'groupBy=model,month&from=2025-01-01',
  'groupBy=component,month&model=M-03',
  'groupBy=month&batch=B-0120,B-0121',
  'groupBy=model&component=component-1&from=2026-01-01&to=2026-06-30',
];
const byAge = ['groupBy=age', 'groupBy=model,age', 'groupBy=age&model=M-01&component=component-2'];
const compared = ['groupBy=model&from=2026-01-01&to=2026-06-30&compareFrom=2025-01-01&compareTo=2025-06-30'];
const csv = ['groupBy=model,component&format=csv'];

export const questions: Readonly<Record<string, readonly string[]>> = {
  'failure-rates': [...everywhere, ...byAge, ...compared, ...csv],
  life: [...everywhere.filter((one) => one !== 'groupBy=component,month&model=M-03'), ...compared, ...csv],
  turnaround: [...everywhere, ...byAge, ...compared, ...csv],
  repairs: [...everywhere, 'groupBy=model&withinDays=30', ...byAge, ...compared, ...csv],
  costs: [...everywhere, ...byAge, ...compared, ...csv],
  'service-levels': [...everywhere, ...byAge, ...compared, ...csv],
  'parts-forecast': [
    ...everywhere.filter((one) => one !== 'groupBy=batch'),
    'groupBy=batch&model=M-03',
    'groupBy=month&months=12',
    ...csv,
  ],
};
