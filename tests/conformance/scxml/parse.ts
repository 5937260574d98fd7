/** Reads SCXML text. */
import { DOMParser } from '@xmldom/xmldom';
import type { Element as DomElement, Node as DomNode } from '@xmldom/xmldom';
import type { Element } from './element.ts';

const elementNode = 1;
const textNodes = [3, 4];

/** @throws Error when the text is no XML. */
export function parseScxml(text: string): Element {
  const { documentElement } = new DOMParser({ locator: false }).parseFromString(text.trim(), 'text/xml');
  if (!documentElement) throw new Error('An empty document');
  return elementOf(documentElement);
}

function elementOf(node: DomElement): Element {
  const nodes = [...(node.childNodes as unknown as Iterable<DomNode>)];
  return {
    name: node.localName ?? node.nodeName,
    attributes: Object.fromEntries(
      Array.from({ length: node.attributes.length }, (_, n) => node.attributes.item(n)!).map(({ name, value }) => [
        name,
        value,
      ]),
    ),
    children: nodes.filter((child) => child.nodeType === elementNode).map((child) => elementOf(child as DomElement)),
    text: nodes
      .filter((child) => textNodes.includes(child.nodeType))
      .map((child) => child.nodeValue ?? '')
      .join('')
      .trim(),
  };
}
