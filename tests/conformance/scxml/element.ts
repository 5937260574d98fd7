/** An SCXML document as data: what of XML it uses, and JSON, so that it can travel to where it becomes a machine. */
export interface Element {
  readonly name: string;
  readonly attributes: { readonly [name: string]: string };
  readonly children: readonly Element[];
  /** The text directly in it. */
  readonly text: string;
}

/** The children of these names, in document order. */
export function childrenOf(element: Element, ...names: readonly string[]): Element[] {
  return element.children.filter((child) => names.includes(child.name));
}

/** The element, and all below it, in document order. */
export function withDescendants(element: Element): Element[] {
  return [element, ...element.children.flatMap(withDescendants)];
}
