/** What publint and are-the-types-wrong find in a tarball: everything, in every way in which a package can be resolved. */
import { readFileSync } from 'node:fs';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

/** Suggestions included. */
export async function publintFaults(tarball: string, manifest: object): Promise<string[]> {
  const { buffer, byteOffset, byteLength } = readFileSync(tarball);
  const { messages } = await publint({
    pack: { tarball: buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer },
    level: 'suggestion',
    strict: true,
  });
  return messages.map((message) => formatMessage(message, manifest, { color: false }) ?? message.code);
}

export interface TypeResolutions {
  readonly problems: readonly object[];
  /** By subpath, then by kind (`node10`, `node16-cjs`, `node16-esm`, `bundler`): the file in which the types are found. */
  readonly files: Readonly<Record<string, Readonly<Record<string, string | undefined>>>>;
}

export async function resolveTypes(tarball: string): Promise<TypeResolutions> {
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
  if (!result.types) throw new Error('are-the-types-wrong found no types at all');
  const files = Object.entries(result.entrypoints).map(([subpath, { resolutions }]) => [
    subpath,
    Object.fromEntries(
      Object.entries(resolutions).map(([kind, { resolution }]) => [
        kind,
        resolution?.fileName.replace(/^\/node_modules\/@[^/]+\/[^/]+\//, './'),
      ]),
    ),
  ]);
  return { problems: result.problems, files: Object.fromEntries(files) };
}
