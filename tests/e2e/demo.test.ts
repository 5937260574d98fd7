import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readmeBlock, readmeTable } from '../../dev/demo/readme.ts';
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

  it('plays three years with every date as computed independently [C2][C5][R1][R3][R4]', () => {
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
