import { generatedCases } from './tests/conformance/generated.ts';
import { liveInProcess } from './tests/conformance/in-process.ts';
import { livePlain } from './tests/conformance/plain.ts';
import { differences } from './tests/conformance/laboratory.ts';
import { definitionOf } from './tests/conformance/subjects.ts';
import { at } from './tests/conformance/modes.ts';
const n = Number(process.argv[2]), from = Number(process.argv[3] ?? 0);
let bad = 0, cases = 0, taken = 0, all = 0, emitted = 0; const shapes = { parallel: 0, history: 0, done: 0, spawned: 0 };
for (let s = from; s < from + n; s++) for (const c of generatedCases(s)) { if (process.env.V) console.log(Math.round(performance.now()), c.name, JSON.stringify(c.happenings));
    cases++;
    const life = { machine: definitionOf(c.input).machine, input: c.input as never, at, happenings: c.happenings };
    const p = await livePlain(life);
    taken += p.taken.filter(Boolean).length; all += p.taken.length; emitted += p.emitted.length;
    const t = JSON.stringify(c.input); if (t.includes('"parallel"')) shapes.parallel++; if (t.includes('"history"')) shapes.history++;
    if (p.moments.at(-1)!.status === 'done') shapes.done++; if (JSON.stringify(p.moments).includes('xstate$$type')) shapes.spawned++;
    for (const restless of [false, true]) {
      try { const diff = differences(await liveInProcess(life, restless), p); if (diff.length) { if (bad++ < 4) console.log(c.name, restless, diff.slice(0, 3), JSON.stringify(c.happenings)); } }
      catch (e) { if (bad++ < 4) console.log(c.name, restless, e, JSON.stringify(c.happenings)); }
    }
}
console.log({ cases, bad, taken, all, emitted, shapes });
