/**
 * docs/agreement.md as data: what the product says it keeps, by which transitions, shown by which tests. Read by the
 * reporter that fails a run when the table says more than the tests show, and by `npm run check:clauses`.
 */

/** A place in a chart without which a promise is broken. */
export interface Transition {
  readonly machine: string;
  /** Dotted path of the state; empty for the root, written `*`. */
  readonly path: readonly string[];
  /** What is there: `on <event>`, `after <delay>`, `onDone`, `always`, `invoke`, `tag <tag>`, `action <action>`. */
  readonly kind: 'on' | 'after' | 'onDone' | 'always' | 'invoke' | 'tag' | 'action';
  readonly name: string;
  /** As it stands in the table. */
  readonly text: string;
}

export interface NamedTest {
  /** Relative to tests/, e.g. `machines/term.test.ts`. */
  readonly file: string;
  /** The title of the test itself, tags included. */
  readonly title: string;
}

export interface Row {
  readonly id: string;
  readonly promise: string;
  readonly status: 'kept' | 'in part' | 'not yet';
  readonly missing: string;
  readonly transitions: readonly Transition[];
  readonly tests: readonly NamedTest[];
}

const rowStart = /^\| [A-Z]\d +\|/;

/** The rows of the table; throws where one cannot be read, naming it. */
export function readTable(markdown: string): Row[] {
  return markdown
    .split('\n')
    .filter((line) => rowStart.test(line))
    .map((line) => {
      const cells = line.slice(1, line.lastIndexOf('|')).split(/ \| +/);
      const [id = '', promise = '', status = '', transitions = '', tests = ''] = cells.map((cell) => cell.trim());
      if (cells.length !== 5) throw new Error(`Row ${id} has ${cells.length} columns instead of 5`);
      return {
        id,
        promise,
        ...readStatus(id, status),
        transitions: readTransitions(transitions),
        tests: readTests(tests),
      };
    });
}

function readStatus(id: string, text: string): Pick<Row, 'status' | 'missing'> {
  const [, status, missing = ''] = /^(kept|in part|not yet)(?:: (.+))?$/.exec(text) ?? [];
  if (status === 'kept' || status === 'not yet') return { status, missing };
  if (status === 'in part' && missing !== '') return { status, missing };
  throw new Error(`Row ${id}: a status is 'kept', 'in part: <what is missing>' or 'not yet', not '${text}'`);
}

const transitionText = /^(\w+) · (\*|[\w.]+) (on|after|onDone|always|invoke|tag|action)(?: ([\w.]+))?$/;

/** One transition from its text, e.g. `subscription · inForce.notice.waiting after renewalNotice`. */
export function readTransition(text: string): Transition {
  const [, machine = '', path = '', kind, name = ''] = transitionText.exec(text) ?? [];
  if (kind === undefined) throw new Error(`Not a transition: '${text}'`);
  return { machine, path: path === '*' ? [] : path.split('.'), kind: kind as Transition['kind'], name, text };
}

function readTransitions(cell: string): Transition[] {
  return [...cell.matchAll(/`([^`]+ · [^`]+)`/g)].map(([, text = '']) => readTransition(text));
}

function readTests(cell: string): NamedTest[] {
  return cell
    .split('<br>')
    .filter((line) => line.includes(' › '))
    .map((line) => {
      const at = line.indexOf(' › ');
      return { file: line.slice(0, at).trim(), title: line.slice(at + 3).trim() };
    });
}

/** Kept by the API before a machine starts (E1), or beside the machines (W1): there is no transition to name. */
export const keptByTheApi: ReadonlySet<string> = new Set(['E1', 'W1', 'D1']);

/** The clause IDs in the brackets at the end of a test's title. */
export function tagsOf(title: string): string[] {
  const [, tags = ''] = /\[([A-Z]\d(?:, [A-Z]\d)*)\]$/.exec(title) ?? [];
  return tags === '' ? [] : tags.split(', ');
}
