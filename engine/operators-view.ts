/** What operators see of an instance in the Temporal UI: search attributes, details, and names of timers. Sandbox half. */
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { attributesOf } from './search-attributes.ts';
import type { View } from './store.ts';

/** Keeps the Temporal UI in step with the instance, with as few upserts as there are changes. */
export class OperatorsView {
  readonly #machine: string;
  readonly #version: string;
  #attributes = '';
  #stays: readonly string[] = [];

  constructor(machine: string, version: string) {
    this.#machine = machine;
    this.#version = version;
  }

  /** @param leaves the active leaves as dotted paths. Each upsert is an event of the history: once for all steps of a task. */
  show(view: View, leaves: readonly string[]): void {
    const attributes = attributesOf(this.#machine, this.#version, view, leaves);
    const text = JSON.stringify(attributes);
    if (text !== this.#attributes) {
      this.#attributes = text;
      upsertSearchAttributes(attributes);
    }
    setCurrentDetails(detailsOf(view, this.#stays));
  }

  /** Shows why the instance cannot go on in the build that is rolled out; none when it can. */
  stays(reasons: readonly string[], view: View): void {
    this.#stays = reasons;
    setCurrentDetails(detailsOf(view, reasons));
  }
}

/** What the Temporal UI shows as current details (Markdown). */
export function detailsOf(view: View, stays: readonly string[] = []): string {
  const waits = view.deadlines.map(({ at, label, references }) => `- until **${at}**: ${label}${cited(references)}`);
  return [
    `**${view.words}**${cited(view.references)}`,
    ...(waits.length > 0 ? ['', 'Waits:', '', ...waits] : []),
    ...(stays.length > 0 ? ['', 'Stays on its build:', '', ...stays.map((reason) => `- ${reason}`)] : []),
  ].join('\n');
}

/** The name of the timer that is set to the earliest deadline. */
export function timerSummary({ deadlines }: View): string {
  const [first] = deadlines;
  return `${first?.label} at ${first?.at}${cited(first?.references ?? [])}`;
}

function cited(references: readonly string[]): string {
  return references.length > 0 ? ` [${references.join(', ')}]` : '';
}
