/** The text of a scenario as data, and on which line each of its parts stands. */
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';

/** Where something stands and what is wrong with it, with the way out. */
export interface Flaw {
  readonly line: number;
  /** JSON pointer below what the line is about; empty: all of it. */
  readonly field: string;
  readonly message: string;
}

export interface Source {
  readonly data: unknown;
  /** @param pointer JSON pointer into the data; the line of the nearest part above it where there is none */
  line(pointer: string): number;
  readonly flaws: readonly Flaw[];
}

export function readSource(text: string): Source {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  const flaws = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    line: counter.linePos(pos[0]).line,
    field: '',
    message: message.split('\n')[0]!.replace(/:$/, ''),
  }));
  const lines = new Map<string, number>();
  const note = (node: unknown, pointer: string, at?: number): void => {
    const start = at ?? (node as Node | null)?.range?.[0];
    if (start !== undefined) lines.set(pointer, counter.linePos(start).line);
    if (isSeq(node)) node.items.forEach((item, index) => note(item, `${pointer}/${index}`));
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      if (isScalar(key)) note(value, `${pointer}/${String(key.value)}`, key.range?.[0]);
    }
  };
  note(document.contents, '');
  const line = (pointer: string): number => lines.get(pointer) ?? (pointer === '' ? 1 : line(above(pointer)));
  return { data: flaws.length > 0 ? undefined : document.toJS(), line, flaws };
}

function above(pointer: string): string {
  return pointer.slice(0, Math.max(0, pointer.lastIndexOf('/')));
}
