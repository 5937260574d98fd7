/** The worked examples of docs/warranty.md are run, and what they print is compared. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { BusinessCalendar } from '../../machines/business-calendar.ts';
import { addBusinessTime } from '../../machines/business-time.ts';
import { serviceClock } from '../../machines/service-level.ts';
import type { ClockEntry, ServiceClock, ServiceLevel } from '../../machines/service-level.ts';
import { coverage } from '../../machines/warranty/coverage.ts';
import type { Question } from '../../machines/warranty/question.ts';
import { costClasses } from '../../machines/warranty/policy.ts';

const markdown = readFileSync(new URL('../../docs/warranty.md', import.meta.url), 'utf8');

/** The JSON under `<!-- example: name -->`. */
function example<Data>(name: string): Data {
  const [, rest] = markdown.split(`<!-- example: ${name} -->`);
  return JSON.parse(/```json\n(.*?)```/s.exec(rest!)![1]!) as Data;
}

/** The cells of the table under `<!-- result: name -->`, without its head. */
function result(name: string): string[][] {
  const [, rest] = markdown.split(`<!-- result: ${name} -->`);
  const rows = rest!.trim().split('\n\n')[0]!.split('\n').slice(2);
  return rows.map((row) => row.split('|').slice(1, -1).map((cell) => cell.trim())); // prettier-ignore
}

/** As the tables print a moment, in Shanghai; nothing for null. */
const printed = (at: number | string | null) =>
  at === null ? '' : `${new Date(new Date(at).getTime() + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`;

describe('docs/warranty.md', () => {
  it('shows what coverage answers [W1]', () => {
    const { classes } = coverage(example<Question>('coverage'));
    const rows = costClasses.map((name) => {
      const { covered, until, usageLeft, findings } = classes[name];
      const reasons = findings.flatMap((one) => one.reasons.map(({ code }) => code));
      return [name, covered ? 'yes' : 'no', until ?? '', String(usageLeft ?? ''), reasons.join(', ')];
    });
    expect(rows).toEqual(result('coverage'));
  });

  it('shows how business time is added [W5]', () => {
    const calendar = example<BusinessCalendar>('calendar');
    const rows = result('business time');
    expect(rows.length).toBe(4);
    for (const [from, duration, end] of rows)
      expect(printed(addBusinessTime(calendar, Date.parse(from!), duration!)), `${from} ${duration}`).toBe(end);
  });

  it('shows how the clock of a service level runs [W5]', () => {
    const level: ServiceLevel = {
      name: 'example',
      target: 'PT16H',
      calendar: example<BusinessCalendar>('calendar'),
      pauses: ['customerInformation'],
      reminders: ['PT4H'],
      escalations: ['PT8H'],
    };
    const at = ({ thresholds }: ServiceClock, kind: string) => printed(thresholds.find((one) => one.kind === kind)!.at);
    const rows = result('clock').map(([asked]) => {
      const clock = serviceClock(example<ClockEntry[]>('clock'), level, new Date(asked!).toISOString());
      const { state, elapsed, outcome, due } = clock;
      return [
        asked,
        state,
        String(elapsed / 3_600_000),
        at(clock, 'reminder'),
        printed(due),
        at(clock, 'escalation'),
        outcome,
      ];
    });
    expect(rows).toEqual(result('clock'));
  });
});
