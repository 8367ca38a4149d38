/** Reading and writing the XML of the AWS APIs. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { AwsError } from './aws-error.ts';

/** A parsed element: text, or children by name. */
export type XmlNode = string | { readonly [name: string]: XmlNode | readonly XmlNode[] };

const OPTIONS = {
  ignoreAttributes: true,
  parseTagValue: false,
  ignoreDeclaration: true,
  htmlEntities: true,
};
const parser = new XMLParser(OPTIONS);
const spaceKeeper = new XMLParser({ ...OPTIONS, trimValues: false });

/**
 * The document's root element as `{ name: node }`, texts without the space around them unless it is kept.
 *
 * @throws AwsError 400 MalformedXML for what is not well-formed, and for a document type, whose entities could be anything
 */
export function parseXml(
  text: string,
  { keepsSpace = false }: { readonly keepsSpace?: boolean } = {},
): { readonly [name: string]: XmlNode | readonly XmlNode[] } {
  try {
    if (!/<!DOCTYPE/i.test(text) && XMLValidator.validate(text) === true) {
      return (keepsSpace ? spaceKeeper : parser).parse(text) as {
        readonly [name: string]: XmlNode | readonly XmlNode[];
      };
    }
  } catch {
    // The parser throws for names and entities that it does not take, and its words quote them.
  }
  throw new AwsError(400, 'MalformedXML', 'the XML you provided was not well-formed');
}

/** Every node found by following child names from `node`; repeated elements fan out, missing ones give none. */
export function childrenOf(
  node: XmlNode | readonly XmlNode[] | undefined,
  ...path: string[]
): readonly XmlNode[] {
  const nodes = node === undefined ? [] : isList(node) ? node : [node];
  const [name, ...rest] = path;
  if (name === undefined) return nodes;
  return nodes.flatMap((each) =>
    typeof each === 'string' || !Object.hasOwn(each, name) ? [] : childrenOf(each[name], ...rest),
  );
}

/** Text of the first node at `path`; empty when it is missing or has children. */
export function textOf(node: XmlNode | readonly XmlNode[] | undefined, ...path: string[]): string {
  const first = childrenOf(node, ...path)[0];
  return typeof first === 'string' ? first : '';
}

/** Texts of all nodes at `path`. */
export function textsOf(
  node: XmlNode | readonly XmlNode[] | undefined,
  ...path: string[]
): readonly string[] {
  return childrenOf(node, ...path).filter((each) => typeof each === 'string');
}

/** `<name>text</name>`, the text escaped. */
export function element(name: string, text: string | number): string {
  return `<${name}>${escapeXml(String(text))}</${name}>`;
}

function escapeXml(text: string): string {
  return text.replace(/[<>&"'\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function isList(node: XmlNode | readonly XmlNode[]): node is readonly XmlNode[] {
  return Array.isArray(node);
}
