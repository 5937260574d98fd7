/** Scenario files are checked before anything is done: line, field, way out. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readScenario, ScenarioFlawed } from '../../dev/simulate/check-scenario.ts';
import { differences } from '../../dev/simulate/matching.ts';
import { phraseTable } from '../../dev/simulate/vocabulary.ts';

const head = `story: A claim
begins: 2031-06-02T10:00+08:00
parties:
  maker: { role: manufacturer }
  buyer: { role: customer }
units:
  D-1: { soldTo: buyer }
steps:
`;
const flawsOf = (text: string): string[] => {
  try {
    readScenario('s.yaml', text);
    return [];
  } catch (error) {
    if (!(error instanceof ScenarioFlawed)) throw error;
    return error.message.split('\n');
  }
};
const flawOf = (steps: string): string[] => flawsOf(`${head}${steps}`);

describe('a scenario file', () => {
  it('begins later than now', () => {
    const text = `${head}  - buyer: withdraws the claim\n`;
    const at = (now: string) => () => readScenario('s.yaml', text, new Date(now));
    expect(at('2031-06-02T01:59:59.999Z')).not.toThrow();
    for (const now of ['2031-06-02T02:00:00.000Z', '2031-06-02T02:00:00.001Z'])
      expect(at(now)).toThrow(`s.yaml:2: begins: It has to be later than now, ${now}`);
  });

  it('is read with its defaults, and each step knows its line', () => {
    const { parties, units, steps } = readScenario(
      's.yaml',
      `${head}  - buyer: withdraws the claim\n  - maker: sees the claim\n    at: P3D\n    that:\n      state: withdrawn\n`,
    );
    expect(parties[0]).toMatchObject({ edition: 'professional', isLater: false });
    expect(units).toEqual([{ serial: 'D-1', maker: 'maker', soldTo: 'buyer', on: '2031-03-02' }]);
    expect(steps.map(({ line, at, who }) => [line, at, who])).toEqual([
      [9, null, 'buyer'],
      [10, 'P3D', 'maker'],
    ]);
    expect(steps[1]!.lineOf('/that/state')).toBe(13);
  });

  it.each([
    ['  - buyer: files claim\n', ["s.yaml:9: buyer: 'files claim' is not known; did you mean 'files a claim'"]],
    [
      '  - byer: leaves\n',
      ["s.yaml:9: byer: is neither a party nor a part of a step; did you mean 'buyer'", 's.yaml:9: nobody acts'],
    ],
    [
      '  - buyer: withdraws the claim\n    wiht: {}\n',
      ["s.yaml:10: wiht: is neither a party nor a part of a step; did you mean 'with'"],
    ],
    [
      '  - buyer: decides a line\n    with: { lineId: l1, decidedBy: me }\n',
      ["s.yaml:9: buyer: 'decides a line' is said by manufacturer"],
    ],
    [
      '  - maker: decides a line\n    with:\n      lineId: l1\n      decided: me\n',
      ["s.yaml:10: with: 'decidedBy' is missing", "s.yaml:12: with/decided: unknown here; did you mean 'decidedBy'"],
    ],
    [
      '  - maker: chooses the outcome\n    with: { outcome: repaired, decidedBy: me }\n',
      ['s.yaml:10: with/outcome: must be one of repair, replacement, refund.'],
    ],
    ['  - buyer: withdraws the claim\n    claim: second\n', ['s.yaml:10: claim: no claim was named so before']],
    [
      '  - maker: sells a unit\n    with: { serial: D-2, on: 2031-05-01, customer: $bayer }\n',
      ["s.yaml:10: with/customer: nothing of this name was there before; did you mean 'buyer'"],
    ],
    ['  - at: tomorrow\n', ['s.yaml:9: at: must be a duration, such as P3D or PT2H, or an instant, such as']],
    [
      '  - buyer: leaves\n    maker: leaves\n',
      ['s.yaml:9: one party acts in a step, here buyer and maker: make two steps of it.'],
    ],
    [
      '  - operator: suspends the service\n    with: { reason: unpaidInvoice }\n',
      ["s.yaml:9: say whose account it is: 'of: <party>'."],
    ],
  ])('is refused with line, field and way out: %j', (steps, expected) => {
    const flaws = flawOf(steps);
    expect(flaws.length).toBe(expected.length);
    for (const [index, start] of expected.entries()) expect(flaws.toSorted()[index]).toContain(start);
  });

  it('is refused where its own parts do not fit, and where it is no YAML', () => {
    expect(flawsOf('story: [')[0]).toMatch(/^s\.yaml:\d+: /);
    expect(flawsOf('story: x\n')).toEqual(expect.arrayContaining([expect.stringContaining("'steps' is missing")]));
    expect(flawsOf(head.replace('soldTo: buyer', 'soldTo: maker') + '  - at: P1D\n')).toEqual([
      "s.yaml:7: /units/D-1/soldTo: 'maker' is no customer of this story: it can be buyer.",
    ]);
    expect(flawsOf(head.replace('role: customer', 'role: consumer') + '  - at: P1D\n')).toEqual([
      's.yaml:5: /parties/buyer/role: must be one of manufacturer, customer, serviceCenter.',
    ]);
  });
});

it('that is not there is said once', () => {
  const script = fileURLToPath(new URL('../../dev/simulate.ts', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script, '--check', 'none.yaml'], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([
    1,
    "none.yaml cannot be read (ENOENT: no such file or directory, open 'none.yaml')\n",
  ]);
});

describe('an answer', () => {
  it('has at least what is expected, and says where it differs', () => {
    const actual = { state: 'deciding', lines: [{ verdict: null, id: 'l1' }], clocks: [] };
    expect(differences({ state: 'deciding', lines: [{ id: 'l1' }], clocks: [] }, actual)).toEqual([]);
    expect(differences({ lines: [{ verdict: 'covered' }] }, actual)).toEqual([
      { pointer: '/lines/0/verdict', expected: 'covered', actual: null },
    ]);
    expect(differences({ clocks: [{}] }, actual)).toHaveLength(1);
    expect(differences({ lines: [{ verdict: 'anything' }] }, actual)).toHaveLength(1);
    expect(differences({ closedAt: null }, actual)).toHaveLength(1);
  });

  it('is looked through where elements of a list are expected in any place', () => {
    const list = [{ kind: 'a' }, { kind: 'b' }];
    expect(differences({ has: [{ kind: 'b' }], hasNot: [{ kind: 'c' }], count: 2 }, list)).toEqual([]);
    expect(differences({ has: [{ kind: 'c' }] }, list)).toHaveLength(1);
    expect(differences({ hasNot: [{ kind: 'a' }] }, list)).toHaveLength(1);
    expect(differences({ count: 1 }, list)).toHaveLength(1);
  });

  it('meets an instant to the minute, never before it', () => {
    const at = (actual: string) => differences('2031-06-06T00:00+08:00', actual).length;
    expect([at('2031-06-05T16:00:00.000Z'), at('2031-06-05T16:04:59.000Z')]).toEqual([0, 0]);
    expect([at('2031-06-05T15:59:59.999Z'), at('2031-06-05T16:05:00.000Z')]).toEqual([1, 1]);
  });
});

describe('docs/simulation.md', () => {
  it('lists all that a step can say', () => {
    const text = readFileSync(new URL('../../docs/simulation.md', import.meta.url), 'utf8');
    const [, table = ''] = /<!-- phrases:begin -->\n+([^]*?)\n+<!-- phrases:end -->/.exec(text) ?? [];
    const cells = (line: string) => line.split('|').map((cell) => cell.trim().replace(/^-+$/, '---'));
    expect(table.split('\n').map(cells)).toEqual(phraseTable().map(cells));
  });
});
