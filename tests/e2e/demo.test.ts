import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  dayEndAfter,
  deletionAfter,
  expiryAfter,
  firstOrderDue,
  monthsAfter,
  nextFirstMondayOfMarch,
  noticeBefore,
  shown,
  windDownEnd,
  workingDaysAfter,
} from '../../dev/demo/expected-dates.ts';
import { readmeBlock, readmeTable } from '../../dev/demo/readme.ts';
import { Stage } from '../../dev/demo/stage.ts';
import { playRepair, playStory, type Story } from '../../dev/demo/story.ts';
import { startProduct, type Product } from '../support/http.ts';

describe('the demo', () => {
  let product: Product;
  let story: Story;
  let repair: Story;
  beforeAll(async () => {
    product = await startProduct();
    const place = {
      apiUrl: product.url,
      operatorKey: product.env.PACTA_OPERATOR_KEY!,
      bankSecret: product.env.PACTA_BANK_WEBHOOK_SECRETS!.split(',')[0]!,
    };
    story = await playStory(place);
    repair = await playRepair(place);
  }, 240_000);
  afterAll(() => product?.close());

  it('plays three years with every date as computed independently [C2, C5, R1, R3, R4]', () => {
    expect(story.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(story.checks.length).toBeGreaterThan(40);
  });

  it('plays a whole repair across the three parties with every date as computed independently [W1, W2, W4, W5, W6]', () => {
    expect(repair.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(repair.checks.length).toBeGreaterThan(20);
  });

  it('tells what happened in the order of contract time', () => {
    for (const { rows } of [story, repair]) {
      // Two notices that fall due together may be posted in either order.
      const times = rows.map(({ at }) => Math.floor(Date.parse(at) / 60_000));
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
  });

  it('is the tables in the README', async () => {
    expect(await readmeBlock('year')).toBe(readmeTable(story));
    expect(await readmeBlock('repair')).toBe(readmeTable(repair));
  });
});

describe('the dates that the demo expects', () => {
  it('are those that a calendar on paper gives [C2, R1, C5, A5]', () => {
    const leapDay = '2028-02-29T07:00:00.000Z';
    expect(shown(expiryAfter(leapDay, 1))).toBe('2029-02-28 24:00');
    expect(shown(expiryAfter(leapDay, 4))).toBe('2032-02-29 24:00');
    expect(shown(noticeBefore(expiryAfter(leapDay, 1)))).toBe('2028-11-30 24:00');
    expect(shown(firstOrderDue('2028-02-27T02:00:00.000Z'))).toBe('2028-03-12 24:00');
    expect(shown(windDownEnd('2029-01-15T03:00:00.000Z'))).toBe('2029-01-29 24:00');
    const expiry = '2030-02-28T16:00:00.000Z';
    expect(deletionAfter(expiry, expiry, '2029-11-30T16:00:00.000Z')).toBe('2030-03-07T16:00:00.000Z');
    expect(deletionAfter(expiry, '2030-03-20T00:00:00.000Z', expiry)).toBe('2030-03-30T16:00:00.000Z');
  });

  it('are, for the repair, counted in days, months and working days by hand [W4, W5, W6]', () => {
    expect(nextFirstMondayOfMarch(Date.parse('2026-11-26T00:00:00Z'))).toBe('2028-03-06');
    expect(nextFirstMondayOfMarch(Date.parse('2026-10-01T00:00:00Z'))).toBe('2027-03-01');
    expect(shown(dayEndAfter('2028-03-07T01:00:00.000Z', 30))).toBe('2028-04-06 24:00');
    expect(monthsAfter('2028-03-27T03:00:00.000Z', 6)).toBe('2028-09-27');
    expect(shown(workingDaysAfter('2028-03-10T02:00:00.000Z', 1))).toBe('2028-03-13 10:00');
    expect(shown(workingDaysAfter('2028-03-13T02:00:00.000Z', 10))).toBe('2028-03-27 10:00');
  });

  it('make a check fail when the API tells another one, or none', () => {
    const stage = new Stage({ apiUrl: 'http://127.0.0.1:1', operatorKey: '', bankSecret: '' });
    const due = '2030-02-28T16:00:00.000Z';
    stage.checkDate('too early', '2030-02-28T15:59:59.999Z', due);
    stage.checkDate('a day late', '2030-03-01T16:00:00.000Z', due);
    stage.checkDate('missing', null, due);
    stage.checkDate('right', due, due);
    expect(stage.checks.map(({ ok }) => ok)).toEqual([false, false, false, true]);
  });
});
