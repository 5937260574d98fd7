/** A machine's graph as a Mermaid flowchart, as GitHub and many consoles draw it; with an instance, what is alive stands out. */
import type { Graph, GraphEdge, GraphNode, Liveliness, Trigger } from './graph.ts';

/**
 * The text of a Mermaid diagram: states, what leads from one to another, and under which condition. Transitions that stay
 * where they are and only act are left out, and so are the names of actions: the graph has both.
 *
 * A flowchart and not Mermaid's state diagram, which draws no transition from inside one composite state into another.
 *
 * @param live an instance on this graph: its active states stand out, and its deadlines stand on the edges that wait
 */
export function mermaidOf(graph: Graph, live?: Liveliness): string {
  const [root] = graph.nodes;
  const lines = ['flowchart TB'];
  if (root) {
    drawInside(graph, root, '  ', lines);
    lines.push(...graph.edges.flatMap((edge) => drawEdge(graph, edge, live)));
  }
  lines.push(
    '  classDef start fill:#666,stroke:#666',
    '  classDef any stroke-dasharray:4 3',
    '  classDef final stroke-width:3px',
    '  classDef active fill:#ffd33d,stroke:#b08800,color:#24292f',
    '  classDef around stroke:#b08800,stroke-width:3px',
  );
  const alive = live?.nodes.filter((id) => id !== root?.id) ?? [];
  const [frames, leaves] = [alive.filter((id) => isFrame(graph, id)), alive.filter((id) => !isFrame(graph, id))];
  if (leaves.length > 0) lines.push(`  class ${leaves.map((id) => nameOf(graph, id)).join(',')} active`);
  if (frames.length > 0) lines.push(`  class ${frames.map((id) => nameOf(graph, id)).join(',')} around`);
  return lines.join('\n');
}

/** What a transition waits for, in a few words, e.g. `after renewalNotice`. */
export function triggerText(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'event':
      return trigger.event;
    case 'after':
      return `after ${typeof trigger.delay === 'number' ? `${trigger.delay} ms` : trigger.delay}`;
    case 'always':
      return 'at once';
    case 'done':
      return 'done';
    case 'actorDone':
      return `${trigger.src} done`;
    case 'actorFailed':
      return `${trigger.src} failed`;
    case 'actorChanged':
      return `${trigger.src} changed`;
  }
}

/** The trigger and its condition, e.g. `after expiry [isRenewalPaid]`. */
export function edgeText({ trigger, guard, otherwise }: GraphEdge): string {
  const condition = guard ?? (otherwise ? 'otherwise' : undefined);
  return condition === undefined ? triggerText(trigger) : `${triggerText(trigger)} [${condition}]`;
}

function drawInside(graph: Graph, around: GraphNode, indent: string, lines: string[]): void {
  const inside = graph.nodes.filter(({ parent }) => parent === around.id);
  const first =
    around.type === 'parallel' ? inside.map(({ id }) => id) : around.initial === null ? [] : [around.initial];
  if (first.length > 0) lines.push(`${indent}start_${nameOf(graph, around.id)}(( )):::start`);
  for (const id of first) lines.push(`${indent}start_${nameOf(graph, around.id)} --> ${endAt(graph, id)}`);
  if (graph.edges.some(({ source, targets }) => source === around.id && targets.length > 0)) {
    const text = around.parent === null ? 'in any state' : `anywhere in ${around.key}`;
    lines.push(`${indent}any_${nameOf(graph, around.id)}[${quoted(text)}]:::any`);
  }
  for (const node of inside) {
    const name = nameOf(graph, node.id);
    if (isFrame(graph, node.id)) {
      lines.push(`${indent}subgraph ${name}[${quoted(node.key)}]`);
      drawInside(graph, node, `${indent}  `, lines);
      lines.push(`${indent}end`);
    } else if (node.type === 'history')
      lines.push(`${indent}${name}((${quoted(node.history === 'deep' ? 'H*' : 'H')}))`);
    else if (node.type === 'final') lines.push(`${indent}${name}([${quoted(node.key)}]):::final`);
    else lines.push(`${indent}${name}(${quoted(node.key)})`);
  }
}

function drawEdge(graph: Graph, edge: GraphEdge, live: Liveliness | undefined): string[] {
  const deadline = live?.deadlines[edge.id];
  const text = quoted(deadline ? `${edgeText(edge)} · ${deadline.at}` : edgeText(edge));
  const from = isFrame(graph, edge.source) ? `any_${nameOf(graph, edge.source)}` : nameOf(graph, edge.source);
  return edge.targets.map((target) => `  ${from} -->|${text}| ${endAt(graph, target)}`);
}

/** Mermaid stumbles over arrows that begin or end at a frame: they end at its start, and begin at a note inside of it. */
function endAt(graph: Graph, id: string): string {
  return isFrame(graph, id) ? `start_${nameOf(graph, id)}` : nameOf(graph, id);
}

function isFrame({ nodes }: Graph, id: string): boolean {
  return nodes.some((node) => node.parent === id);
}

/** A name that means nothing to Mermaid, the same as long as the state stays where it is. */
function nameOf({ nodes }: Graph, id: string): string {
  const path = nodes.find((node) => node.id === id)?.path ?? id;
  return `s_${path.replaceAll(/[^A-Za-z0-9.]/g, (one) => `_${one.codePointAt(0)}_`).replaceAll('.', '_')}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll('#', '#35;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;')}"`;
}
