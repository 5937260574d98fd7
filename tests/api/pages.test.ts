/** Pages without script: what they say, and that nothing in them becomes markup. */
import { describe, expect, it } from 'vitest';
import { preferred } from '../../api/media-type.ts';
import { money } from '../../api/pages/html.ts';
import { orderPage } from '../../api/pages/order.ts';
import { Problem } from '../../api/problems.ts';

const order = {
  orderId: '2f1d4c1e-5a1b-8c3d-9e4f-0123456789ab.o1',
  n: 1,
  kind: 'registration',
  status: 'partlyPaid',
  years: 2,
  unitPrice: 1_200_000,
  total: 2_400_000,
  received: 500_000,
  outstanding: 1_900_000,
  currency: 'CNY',
  reference: 'RF18539007547034',
  issuedAt: '2026-05-01T02:00:00.000Z',
  dueAt: '2026-05-15T16:00:00.000Z',
  due: 'in 14 days',
  role: 'manufacturer',
  edition: 'professional',
  replaces: null,
  promotion: null,
  tax: null,
  timeZone: 'Asia/Shanghai',
  counterparty: { name: '<script>alert(1)</script> & Sons', address: '1 "Sample" Road' },
  bankAccount: { receivingUnit: 'Company', bank: 'Bank', accountNumber: '0001' },
} as const;

describe('the order page', () => {
  it('says role, edition, price, due date, counterparty, bank details and payment reference [C3]', () => {
    const page = orderPage(order);
    for (const said of [
      'manufacturer',
      'professional',
      'CNY 24,000.00',
      '2 years at CNY 12,000.00 each',
      'CNY 19,000.00',
      '15 May 2026 at 24:00 (Asia/Shanghai), in 14 days',
      'Company',
      '0001',
      'RF18 5390 0754 7034',
    ]) {
      expect(page).toContain(said);
    }
  });

  it('of an upgrade says from what to what, and that it is for the rest of the term [C3, E2]', () => {
    const page = orderPage({ ...order, kind: 'upgrade', edition: 'enterprise', replaces: 'professional', years: 0 });
    expect(page).toContain('enterprise instead of professional');
    expect(page).toContain('the rest of the term, at a difference of CNY 12,000.00 a year');
  });

  it('says how to pay only while money is awaited, and otherwise what became of the order [C3, C5, C6]', () => {
    const ended = (status: 'paid' | 'cancelled' | 'lapsed', received: number) =>
      orderPage({ ...order, status, received, outstanding: 0, due: null });
    const pages = [ended('paid', 2_400_000), ended('cancelled', 500_000), ended('lapsed', 0)];
    for (const page of pages) {
      expect(page).not.toMatch(/Pay by bank transfer|Please write|Account number/);
      expect(page).toContain('RF18 5390 0754 7034');
    }
    expect(pages[0]).toContain('The order is paid');
    expect(pages[1]).toContain('The order was withdrawn');
    expect(pages[1]).toContain('The CNY 5,000.00 received is kept as credit, or paid back.');
    expect(pages[2]).toContain('has lapsed');
    expect(pages[2]).not.toContain('received is kept');
    expect(orderPage(order)).toContain('Pay by bank transfer');
  });

  it('has no script, and nothing that it shows becomes markup', () => {
    const page = orderPage(order);
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; Sons');
    expect(page).toContain('1 &quot;Sample&quot; Road');
  });

  it('gives amounts the decimals of their currency', () => {
    expect([money(1200, 'JPY'), money(1, 'EUR'), money(1234567, 'KWD')]).toEqual([
      'JPY 1,200',
      'EUR 0.01',
      'KWD 1,234.567',
    ]);
  });
});

describe('content negotiation', () => {
  it('gives what the caller prefers, and data where it does not say', () => {
    const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
    expect(
      [undefined, '', '*/*', 'application/json', browser, 'text/html;q=0.5,application/json'].map((accept) =>
        preferred(accept, 'html'),
      ),
    ).toEqual(['json', 'json', 'json', 'json', 'html', 'json']);
  });

  it('refuses when neither is wanted', () => {
    expect(() => preferred('image/png', 'html')).toThrow(Problem);
    expect(() => preferred('text/html;q=0', 'html')).toThrow(Problem);
  });
});
