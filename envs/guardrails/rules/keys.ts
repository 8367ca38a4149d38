/** The key group: it always holds the active generation. */
import { createPublicKey } from 'node:crypto';
import { stringsOf } from '../../../aws/stack/blocks.ts';
import type { Resource, StackGraph } from '../../../aws/stack/stack-graph.ts';
import { keyFingerprint } from '../../../modules/cloudfront_hls/index.ts';
import { nameOf } from '../part.ts';
import { type Finding, type GuardedStack, type Rule, reference, show } from '../rule.ts';

const MOST_KEYS = 5;
const FINGERPRINT_DIGITS_IN_NAME = 12;

export const keyRules: readonly Rule[] = [
  {
    id: 'keys-group-filled',
    title: 'every key group holds one to five keys of this stack',
    why: 'without the last key no viewer can watch; CloudFront accepts no sixth key; a literal id outlives its key',
    check: ({ graph }) =>
      keyGroups(graph).flatMap(({ address, block }) => {
        const items = stringsOf(block.items);
        const foreign = items.filter((item) => publicKey(graph, item) === undefined);
        return [
          ...(items.length >= 1 && items.length <= MOST_KEYS
            ? []
            : [{ address, found: `${items.length} keys`, wanted: `1 to ${MOST_KEYS} keys` }]),
          ...[...new Set(foreign)].map((item) => ({
            address,
            part: { value: nameOf(item) },
            found: `the item ${show(item)}`,
            wanted: reference('aws_cloudfront_public_key.<name>.id'),
          })),
        ];
      }),
  },
  {
    id: 'keys-active-trusted',
    title: 'the key group holds the active generation',
    why: 'signers continue to use a generation that is removed from the group, and every viewer gets 403 InvalidKey: make another one active first, then retire it',
    check: (stack) => activeFindings(stack),
  },
  {
    id: 'keys-active-output',
    title: 'the Terraform output for backends names the active key',
    why: 'CloudFront denies everything from a backend that signs with one key and sends the id of another',
    check: ({ graph, active }) => {
      const output = graph.outputs.find(({ address }) => address === 'output.cloudfront_public_key_id');
      if (output === undefined || active === null) return [];
      const wanted = `\${aws_cloudfront_public_key.generation_${active.generation}.id}`;
      if (output.block.value === wanted) return [];
      return [{ address: output.address, found: show(output.block.value), wanted }];
    },
  },
  {
    id: 'keys-replaceable',
    title:
      'public keys are created before they are destroyed, named by fingerprint, and written as CloudFront returns them',
    why: 'a key in use cannot be deleted, a fixed name blocks the next key, and a different line break replaces the key at every plan',
    check: ({ graph }) => graph.ofType('aws_cloudfront_public_key').flatMap(replaceableFindings),
  },
];

function keyGroups(graph: StackGraph): Resource[] {
  return graph.ofType('aws_cloudfront_key_group');
}

function publicKey(graph: StackGraph, item: unknown): Resource | undefined {
  return graph.target(item, 'aws_cloudfront_public_key', 'id');
}

/** By fingerprint if the key is in the stack, by generation if KMS gives it at apply. */
function activeFindings({ graph, active, environment }: GuardedStack): Finding[] {
  if (active === null) return [];
  const generation = `aws_cloudfront_public_key.generation_${active.generation}`;
  return keyGroups(graph)
    .filter(({ block }) => stringsOf(block.items).length > 0)
    .filter(({ block }) => {
      const key = stringsOf(block.items)
        .map((item) => publicKey(graph, item))
        .find((found) => found?.address === generation);
      if (key === undefined) return true;
      const pem = canonicalPem(key.block.encoded_key);
      return pem !== undefined && keyFingerprint(pem) !== active.fingerprint;
    })
    .map(({ address }) => ({
      address,
      found: `no key of the active generation ${show(active.generation)}`,
      wanted: `${generation}, with the key of envs/keys/${environment}/${active.generation}.pem`,
    }));
}

function replaceableFindings({ address, block }: Resource): Finding[] {
  const findings: Finding[] = [];
  const { create_before_destroy: first } = (block.lifecycle ?? {}) as { create_before_destroy?: unknown };
  if (first !== true) {
    findings.push({
      address,
      part: { argument: 'create_before_destroy' },
      found: `create_before_destroy ${show(first)}`,
      wanted: 'create_before_destroy true',
    });
  }
  if (typeof block.encoded_key !== 'string' || block.encoded_key.startsWith('${')) return findings;
  const pem = canonicalPem(block.encoded_key);
  if (pem !== block.encoded_key) {
    findings.push({
      address,
      part: { argument: 'encoded_key' },
      found: `${show(block.encoded_key)} in another form`,
      wanted: 'an SPKI PEM of 64 columns and one trailing newline',
    });
  }
  const name = pem === undefined ? '' : keyFingerprint(pem).slice(0, FINGERPRINT_DIGITS_IN_NAME);
  if (!String(block.name).endsWith(name)) {
    findings.push({
      address,
      part: { argument: 'name' },
      found: 'a name without the key’s fingerprint',
      wanted: `a name that ends in ${name}`,
    });
  }
  return findings;
}

function canonicalPem(encoded: unknown): string | undefined {
  if (typeof encoded !== 'string') return undefined;
  try {
    return createPublicKey(encoded).export({ type: 'spki', format: 'pem' }).toString();
  } catch {
    // The parser's own words may quote the text.
    return undefined;
  }
}
