/** The AWS provider's schema, without the types that no stack of ours has: 5 MB in 3,000 types otherwise, for every run. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The types that our stacks are made of, by the bindings that they import (`lib/data-aws-kms-public-key` is
 * `aws_kms_public_key`), and those of the Terraform code in docs/.
 */
export function ourTypes(): Set<string> {
  const bindings = [...sources('modules', '.ts'), ...sources('envs', '.ts')].flatMap((source) => [
    ...source.matchAll(/@cdktf\/provider-aws\/lib\/(?:data-aws-)?([a-z0-9-]+)/g),
  ]);
  const blocks = sources('docs', '.tf').flatMap((source) => [
    ...source.matchAll(/^(?:resource|data) "(aws_\w+)"/gm),
  ]);
  return new Set([
    ...bindings.map(([, binding = '']) => `aws_${binding.replaceAll('-', '_')}`),
    ...blocks.map(([, type = '']) => type),
  ]);
}

function sources(room: string, ending: string): string[] {
  return readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => readFileSync(join(ROOT, room, file), 'utf8'));
}

/** Fields of `GetProviderSchema.Response` that are maps from a type to its schema: resources, data sources, ephemeral ones. */
const BY_TYPE = new Set([2, 3, 8]);
const LENGTH_DELIMITED = 2;

/**
 * A `GetProviderSchema.Response` whose maps have these types alone; every other byte is as it was.
 *
 * @see https://github.com/hashicorp/terraform/blob/v1.11.4/docs/plugin-protocol/tfplugin5.8.proto
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export function withTypes(response: Buffer, types: ReadonlySet<string>): Buffer {
  const kept: Buffer[] = [];
  for (let at = 0; at < response.length; ) {
    const field = fieldAt(response, at);
    const isOther = BY_TYPE.has(field.number) && !types.has(keyOf(field.content));
    if (!isOther) kept.push(response.subarray(at, field.end));
    at = field.end;
  }
  return Buffer.concat(kept);
}

/** A map's entry is a message of its own, the key its first field. */
function keyOf(entry: Buffer): string {
  const { number, content } = fieldAt(entry, 0);
  if (number !== 1) throw new Error('expected a map entry that begins with its key');
  return content.toString();
}

function fieldAt(message: Buffer, start: number): { number: number; content: Buffer; end: number } {
  const [tag, afterTag] = varintAt(message, start);
  const [value, afterValue] = varintAt(message, afterTag);
  const [number, wireType] = [tag >> 3, tag & 7];
  if (wireType === 0) return { number, content: message.subarray(afterTag, afterValue), end: afterValue };
  if (wireType !== LENGTH_DELIMITED)
    throw new Error(`expected no field of wire type ${wireType} in a schema`);
  const end = afterValue + value;
  if (end > message.length) throw new Error('expected a whole schema, and its end is missing');
  return { number, content: message.subarray(afterValue, end), end };
}

function varintAt(message: Buffer, start: number): [value: number, end: number] {
  let value = 0;
  for (let at = start, unit = 1; at < message.length; at++, unit *= 128) {
    const byte = message.readUInt8(at);
    value += (byte & 127) * unit;
    if (byte < 128) return [value, at + 1];
  }
  throw new Error('expected a whole schema, and its end is missing');
}
