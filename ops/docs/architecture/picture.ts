/** What the picture shows of a synthesized stack: cards in rooms, and what each card does with the others. */
import { blocksOf, stringsOf } from '../../../aws/stack/blocks.ts';
import { type Resource, StackGraph } from '../../../aws/stack/stack-graph.ts';
import { parseTemplate, referencesIn, textsIn } from '../../../aws/stack/template.ts';
import {
  CALLED_BY_NOUN,
  COLLECTED,
  kindWords,
  nounOf,
  PARTS,
  partWords,
  ROOMS,
  type RoomId,
  rankOf,
  roomOf,
  UNNAMED_PARTS,
  type Verb,
  verbOfReference,
  verbsOfActions,
} from './vocabulary.ts';

/** `reads` masters: a row of a card. */
interface Relation {
  readonly verb: string;
  /** The other cards, one if a line is drawn. */
  readonly to: readonly Card[];
  readonly drawn: boolean;
}

export interface Card {
  /** The resource's name in its address. */
  readonly title: string;
  /** How other cards call it: its title, and what it is if others have the same one. */
  readonly name: string;
  /** `S3 bucket`, with the region if it is not the stack's own. */
  readonly kind: string;
  /** What belongs to it: `policy`, `cache policy (playlists, segments)`, … */
  readonly parts: readonly string[];
  readonly relations: Relation[];
  readonly room: RoomId;
}

export interface Room {
  readonly id: RoomId;
  readonly cards: readonly Card[];
}

interface Group {
  readonly head: Resource;
  readonly title: string;
  readonly members: Resource[];
}

/** The rooms that have cards, in the order of `ROOMS`. */
export function pictureOf(json: unknown): Room[] {
  const stack = new StackGraph(withoutLocals(json));
  const groups = groupsOf(stack);
  const groupAt = new Map(
    groups.flatMap((group) => group.members.map((member) => [member.address, group] as const)),
  );
  const relations = relationsOf(groups, groupAt);
  const isShared = ({ title }: Group) => groups.filter((group) => group.title === title).length > 1;
  const cardOf = new Map(
    groups.map((group) => {
      const done = relations
        .filter(({ to }) => to === group)
        .map(({ verb, from }) => ({ words: verb.words, by: from.head }));
      const room = roomOf(group.head, done);
      const needsNoun =
        isShared(group) || (CALLED_BY_NOUN.has(group.head.type) && !group.title.endsWith('key'));
      return [group, newCard(group, room, needsNoun, stack)];
    }),
  );
  for (const group of groups) cardOf.get(group)?.relations.push(...rowsOf(group, relations, cardOf));

  const ranked = [...groups].sort(
    (a, b) => rankOf(a.head.type) - rankOf(b.head.type) || (a.title < b.title ? -1 : 1),
  );
  const cards = ranked.flatMap((group) => cardOf.get(group) ?? []);
  return (Object.keys(ROOMS) as RoomId[])
    .map((id) => ({ id, cards: cards.filter(({ room }) => room === id) }))
    .filter((room) => room.cards.length > 0);
}

/** The stack with what its locals stand for in their place; a local of a local is followed too. */
function withoutLocals(json: unknown): unknown {
  const [locals = {}] = blocksOf(blocksOf(json)[0]?.locals);
  const inPlace = (text: string): string =>
    text.replaceAll(/(?<![\w.-])local\.([A-Za-z_][\w-]*)/g, (reference, name: string) => {
      const [, expression] = /^\$\{([^{}]*)\}$/.exec(String(locals[name])) ?? [];
      return expression === undefined ? reference : inPlace(expression);
    });
  return JSON.parse(JSON.stringify(json), (_key, value: unknown) =>
    typeof value === 'string' ? inPlace(value) : value,
  );
}

/** Every resource in the group of the card that shows it. */
function groupsOf(stack: StackGraph): Group[] {
  const all = [...stack.resources, ...dataOf(stack)];
  const headOf = (resource: Resource): Resource => {
    const owner = ownerOf(resource, all);
    return owner && owner !== resource ? headOf(owner) : resource;
  };
  const groups = new Map<string, Group>();
  for (const resource of all) {
    const head = headOf(resource);
    const collected = COLLECTED.get(head.type);
    const key = collected === undefined ? head.address : `${collected} ${String(head.block.provider ?? '')}`;
    const group = groups.get(key) ?? { head, title: collected ?? nameOf(head), members: [] };
    group.members.push(resource);
    groups.set(key, group);
  }
  return [...groups.values()].filter(({ head }) => !head.address.startsWith('data.'));
}

function dataOf(stack: StackGraph): Resource[] {
  return stack.dataSources.map((found) => ({ ...found, type: `data.${found.type}` }));
}

/** What a resource is part of: said by its type (`aws_s3_bucket_policy`), or by the table of parts. */
function ownerOf(resource: Resource, all: readonly Resource[]): Resource | undefined {
  const named = referencesIn(resource.block).map(({ address }) => address);
  const rule = PARTS[resource.type];
  if (rule?.by === 'referred') {
    return all.find(
      ({ type, block }) =>
        rule.of.includes(type) && referencesIn(block).some(({ address }) => address === resource.address),
    );
  }
  const owners = all.filter(({ address }) => named.includes(address));
  // In the rule's order: a record that validates a certificate belongs to the certificate.
  const byRule = rule?.of.flatMap((type) => owners.filter((owner) => owner.type === type))[0];
  return byRule ?? owners.find(({ type }) => resource.type.startsWith(`${type}_`));
}

function newCard({ head, title, members }: Group, room: RoomId, needsNoun: boolean, stack: StackGraph): Card {
  const region = stack.providers
    .map(({ block }) => block)
    .find(({ alias }) => alias !== undefined && `aws.${alias}` === head.block.provider)?.region;
  return {
    title,
    name: needsNoun ? `${title} ${nounOf(head.type)}`.trim() : title,
    kind: kindWords(head.type) + (typeof region === 'string' ? ` in ${region}` : ''),
    parts: COLLECTED.has(head.type) ? collectionOf(members, stack) : partsOf(head, members),
    relations: [],
    room,
  };
}

/** `cache policy (playlists, segments)`: one entry for each type, with the names that the card's does not say. */
function partsOf(head: Resource, members: readonly Resource[]): string[] {
  const parts = members.filter((member) => member !== head);
  const types = [...new Set(parts.map(({ type }) => type))];
  return types.map((type) => {
    const words = partWords(type, head.type);
    const names = parts
      .filter((part) => part.type === type && !UNNAMED_PARTS.has(type))
      .map(nameOf)
      .filter((name) => name !== nameOf(head))
      .map((name) => withoutPrefix(name, `${nameOf(head)}_`))
      // `response headers (response headers)` says nothing twice.
      .filter((name) => !words.includes(name))
      .sort();
    return names.length === 0 ? words : `${words} (${names.join(', ')})`;
  });
}

/** The names of the resources that share a card, without what they all begin with. */
function collectionOf(members: readonly Resource[], stack: StackGraph): string[] {
  const [first = ''] = members.map(({ type }) => type);
  const all = stack.ofType(first).map(nameOf);
  let prefix = all[0] ?? '';
  while (prefix !== '' && !(prefix.endsWith('_') && all.every((name) => name.startsWith(prefix)))) {
    prefix = prefix.slice(0, -1);
  }
  return members.map((member) => withoutPrefix(nameOf(member), prefix)).sort();
}

function withoutPrefix(name: string, prefix: string): string {
  return (name.startsWith(prefix) ? name.slice(prefix.length) : name).replaceAll('_', ' ');
}

function nameOf({ address }: Resource): string {
  return address.slice(address.lastIndexOf('.') + 1);
}

interface Found {
  readonly from: Group;
  readonly to: Group;
  readonly verb: Verb;
}

function relationsOf(groups: readonly Group[], groupAt: ReadonlyMap<string, Group>): Found[] {
  const found: Found[] = [];
  const add = (from: Group, to: Group | undefined, verb: Verb): void => {
    if (!to || to === from) return;
    const isKnown = found.some(
      (other) => other.from === from && other.to === to && other.verb.words === verb.words,
    );
    if (!isKnown) found.push({ from, to, verb });
  };
  const permitted: [Group, Group][] = [];
  for (const from of groups) {
    for (const { type, block } of from.members) {
      for (const { address, verbs } of policyReferences(block)) {
        const to = groupAt.get(address);
        for (const verb of verbs) add(from, to, verb);
        if (to && to !== from) permitted.push([from, to]);
      }
      for (const address of plainReferences(block)) {
        const to = groupAt.get(address);
        if (to) add(from, to, verbOfReference(type, to.head.type));
      }
    }
  }
  // A statement that allows a principal mirrors what that principal does; without such a mirror it is shown by itself.
  for (const [from, to] of permitted) {
    const isSaid = found.some(
      (other) => (other.from === from && other.to === to) || (other.from === to && other.to === from),
    );
    if (!isSaid) add(from, to, { words: 'allows', drawn: false });
  }
  return found;
}

/** What the statements of policies name: as what they are about, with verbs; as whom they allow, without. */
function policyReferences(block: Resource['block']): { address: string; verbs: Verb[] }[] {
  return policiesIn(block).flatMap((statement) => {
    if (statement.Effect !== 'Allow') return [];
    const verbs = verbsOfActions(stringsOf(statement.Action));
    return [
      ...addressesIn(statement.Resource).map((address) => ({ address, verbs })),
      ...addressesIn([statement.Condition, statement.Principal]).map((address) => ({ address, verbs: [] })),
    ];
  });
}

function policiesIn(block: Resource['block']): Readonly<Record<string, unknown>>[] {
  return policyTexts(block).flatMap((text) => {
    const [document] = blocksOf(parseTemplate(text));
    return blocksOf(document?.Statement);
  });
}

function policyTexts(block: Resource['block']): string[] {
  return textsIn(block)
    .filter(({ text }) => text.startsWith('{') && text.includes('"Statement"'))
    .map(({ text }) => text);
}

/** References outside of policies. */
function plainReferences(block: Resource['block']): string[] {
  const policies = new Set(policyTexts(block));
  return addressesIn(
    textsIn(block)
      .filter(({ text }) => !policies.has(text))
      .map(({ text }) => text),
  );
}

function addressesIn(value: unknown): string[] {
  return [...new Set(referencesIn(value).map(({ address }) => address))];
}

/** Lines one by one, in the order of the verbs; notes with the same verb share a row. */
function rowsOf(from: Group, relations: readonly Found[], cardOf: ReadonlyMap<Group, Card>): Relation[] {
  const own = relations.filter((relation) => relation.from === from);
  const lines = own
    .filter(({ verb }) => verb.drawn)
    .map(({ verb, to }) => ({ verb: verb.words, drawn: true, to: cardsOf([to], cardOf) }));
  const notes = own.filter(({ verb }) => !verb.drawn);
  const words = [...new Set(notes.map(({ verb }) => verb.words))];
  return [
    ...lines,
    ...words.map((verb) => ({
      verb,
      drawn: false,
      to: cardsOf(
        notes.filter((one) => one.verb.words === verb).map(({ to }) => to),
        cardOf,
      ),
    })),
  ];
}

function cardsOf(groups: readonly Group[], cardOf: ReadonlyMap<Group, Card>): Card[] {
  return groups.flatMap((group) => cardOf.get(group) ?? []);
}
