import { domains, randomWalk, shortestWays } from './tests/conformance/walks.ts';
import { liveInProcess } from './tests/conformance/in-process.ts';
import { livePlain } from './tests/conformance/plain.ts';
import { differences } from './tests/conformance/laboratory.ts';
import { definitionOf } from './tests/conformance/subjects.ts';
import { at } from './tests/conformance/modes.ts';
const n = Number(process.argv[2]);
for (const d of domains) {
  const values = new Map<string, number>(); let bad = 0; const t0 = Date.now(); let taken = 0, all = 0;
  const cases = [...shortestWays(d), ...Array.from({ length: n }, (_, s) => randomWalk(d, s))];
  console.log(d, cases.length, Date.now() - t0);
  for (const c of cases) {
    const life = { machine: definitionOf(c.input).machine, input: c.input as never, at, happenings: c.happenings, answers: c.answers! };
    const p = await livePlain(life);
    taken += p.taken.filter(Boolean).length; all += p.taken.length;
    for (const m of p.moments) { const k = JSON.stringify(m.value); values.set(k, (values.get(k) ?? 0) + 1); }
    for (const restless of [false, true]) {
      try { const diff = differences(await liveInProcess(life, restless), p); if (diff.length) { if (bad++ < 3) console.log(c.group, c.name, restless, diff.slice(0, 3), JSON.stringify(c.happenings).slice(0, 600)); } }
      catch (e) { if (bad++ < 3) console.log(c.group, c.name, restless, e, JSON.stringify(c.happenings).slice(0, 600)); }
    }
  }
  console.log(d, 'bad', bad, 'taken', taken, '/', all, 'states', values.size, Date.now() - t0, 'ms');
}
