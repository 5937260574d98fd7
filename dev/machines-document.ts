/** machines/README.md: the charts of the machines as pictures and tables, made of the machines themselves. */
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import type { AnyStateMachine } from 'xstate';
import { graphOf } from '../engine/graph.ts';
import type { Graph, GraphEdge, GraphNode } from '../engine/graph.ts';
import { edgeText, mermaidOf } from '../engine/mermaid.ts';
import { claimMachine } from '../machines/claim.ts';
import { erasureMachine } from '../machines/erasure.ts';
import { orderMachine } from '../machines/order.ts';
import { receiptMachine } from '../machines/receipt.ts';
import { repairMachine } from '../machines/repair.ts';
import { runningClockMachine } from '../machines/running-clock.ts';
import { subscriptionMachine } from '../machines/subscription.ts';
import { shared } from '../workflows/durable-options.ts';

export const MACHINES_README = fileURLToPath(new URL('../machines/README.md', import.meta.url));

/** In the order in which a reader meets them. */
const MACHINES: readonly AnyStateMachine[] = [
  subscriptionMachine,
  orderMachine,
  receiptMachine,
  erasureMachine,
  claimMachine,
  repairMachine,
  runningClockMachine,
];

const INTRODUCTION = `# The machines

What the agreement says, as XState v5 statecharts: pure functions of time and events. Made from the charts by
\`npm run machines -- --write\`, so correct the machines and not this file; a test fails when the two differ.

The pictures show what leads from one state to another. What acts and stays is in the tables only, with the names of its
actions. The words and the clauses behind each state are those that operators see; [docs/agreement.md](../docs/agreement.md)
goes the other way, from clause to state.
`;

/** The graphs of all machines, with their clauses. */
export function machineGraphs(): Graph[] {
  return MACHINES.map((machine) => graphOf(machine, shared.cite));
}

/** The whole text of machines/README.md, laid out as Prettier does. */
export async function machinesDocument(graphs: readonly Graph[] = machineGraphs()): Promise<string> {
  const text = [INTRODUCTION, ...graphs.map(section)].join('\n');
  return format(text, { ...(await resolveConfig(MACHINES_README)), parser: 'markdown' });
}

function section(graph: Graph): string {
  const inner = graph.machines.map(({ src, graph: { machine } }) => (src === machine ? src : `${src} (${machine})`));
  return [
    `## ${graph.machine}`,
    '',
    `${graph.description}.${inner.length > 0 ? ` Inside it runs: ${inner.join(', ')}.` : ''}`,
    '',
    '```mermaid',
    mermaidOf(graph),
    '```',
    '',
    '| State | In words | Clauses | Goes on by |',
    '| --- | --- | --- | --- |',
    ...graph.nodes.filter((node) => node.parent !== null || hasWayOn(graph, node)).map((node) => row(graph, node)),
    '',
  ].join('\n');
}

function hasWayOn({ edges }: Graph, { id }: GraphNode): boolean {
  return edges.some(({ source }) => source === id);
}

function row({ nodes, edges }: Graph, node: GraphNode): string {
  const leaving = edges.filter(({ source }) => source === node.id).map((edge) => wayOn(edge, nodes));
  const name = node.parent === null ? 'in any state' : `\`${node.path}\``;
  const tags = node.tags.length > 0 ? `<br>${node.tags.map((tag) => `_${tag}_`).join(' ')}` : '';
  const end = node.type === 'final' ? ['the end'] : [];
  const cells = [name + tags, node.description, node.references.join(' '), [...leaving, ...end].join('<br>')];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function wayOn(edge: GraphEdge, nodes: readonly GraphNode[]): string {
  const targets = edge.targets.map((id) => `\`${nodes.find((node) => node.id === id)?.path ?? id}\``);
  return `${edgeText(edge)}${targets.length > 0 ? ` → ${targets.join(', ')}` : `: ${edge.actions.join(', ')}`}`;
}
