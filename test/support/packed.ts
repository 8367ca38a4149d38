/** The tarball of a package, made once in a run of the tests. */

import { join } from 'node:path';
import { oncePerRun } from './once-per-run.ts';
import { makeFreshCheckout, manifestOf, type Packed, pack, unpack } from './pack.ts';

/** @param folder the package's, relative to the root */
export function packed(folder: string): Promise<Packed> {
  return oncePerRun(`packed-${folder.replaceAll('/', '-')}`, (shared) => {
    const checkout = join(shared, 'checkout');
    makeFreshCheckout(checkout);
    return pack(join(checkout, folder));
  });
}

/** A project outside the repository, in which packages of ours are installed: code, types and programs of the tarballs. */
export async function installInto(project: string, folders: readonly string[]): Promise<void> {
  for (const folder of folders) unpack((await packed(folder)).tarball, project, manifestOf(folder).name);
}
