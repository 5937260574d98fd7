import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  deletionAfter,
  expiryAfter,
  firstOrderDue,
  noticeBefore,
  shown,
  windDownEnd,
} from '../../dev/demo/expected-dates.ts';
import { readmeBlock, readmeTable } from '../../dev/demo/readme.ts';
import { Stage } from '../../dev/demo/stage.ts';
import { playStory, type Story } from '../../dev/demo/story.ts';
import { startProduct, type Product } from '../support/http.ts';

describe('the demo', () => {
  let product: Product;
  let story: Story;
  beforeAll(async () => {
    product = await startProduct();
    story = await playStory({
      apiUrl: product.url,
      operatorKey: product.env.PACTA_OPERATOR_KEY!,
      bankSecret: product.env.PACTA_BANK_WEBHOOK_SECRETS!.split(',')[0]!,
    });
  }, 180_000);
  afterAll(() => product?.close());

  it('plays three years with every date as computed independently [C2, C5, R1, R3, R4]', () => {
    expect(story.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(story.checks.length).toBeGreaterThan(40);
  });

  it('tells what happened in the order of contract time', () => {
    // Two notices that fall due together may be posted in either order.
    const times = story.rows.map(({ at }) => Math.floor(Date.parse(at) / 60_000));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('is the table in the README', async () => {
    expect(await readmeBlock()).toBe(readmeTable(story));
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
