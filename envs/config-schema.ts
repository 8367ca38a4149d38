/**
 * What an environment is: every field of `dev.ts`, `prod.ts` and `local.ts`, in their order. A field's type, its
 * documentation, what is valid, and what else is true of it are together in the file of its group in `config/`; the
 * rules about several fields follow in the same file.
 */
import { z } from 'zod';
import { access, accessRules } from './config/access.ts';
import { account, accountRules } from './config/account.ts';
import { delivery, deliveryRules } from './config/delivery.ts';
import { encoding, encodingRules } from './config/encoding.ts';
import type { Values } from './config/field.ts';
import { localPorts, localPortsRules } from './config/local-ports.ts';
import { playback, playbackRules } from './config/playback.ts';
import type { Rule } from './config/rule.ts';
import { storage, storageRules } from './config/storage.ts';
import { uploads } from './config/uploads.ts';
import { watching, watchingRules } from './config/watching.ts';

/** Strict: an unknown key is a violation, since typing errors are the commonest bug. */
export const environmentSchema = z.strictObject(
  {
    ...account,
    ...storage,
    ...uploads,
    ...delivery,
    ...encoding,
    ...access,
    ...playback,
    ...watching,
    ...localPorts,
  },
  { error: 'an object' },
);

/** One environment, as everything else reads it. */
export interface EnvironmentConfig extends Values<typeof environmentSchema.shape> {}

export const rules: readonly Rule[] = [
  ...accountRules,
  ...storageRules,
  ...deliveryRules,
  ...encodingRules,
  ...accessRules,
  ...playbackRules,
  ...watchingRules,
  ...localPortsRules,
];

/** Every field that holds a value, by its path: `state.bucket`; of a list, the path of the list. */
export const fieldPaths: readonly string[] = [...new Set(pathsIn(environmentSchema))];

/** The name of every field, at every depth. */
export const fieldNames: ReadonlySet<string> = new Set(fieldPaths.flatMap((path) => path.split('.')));

function pathsIn(schema: unknown): string[] {
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([name, field]) => {
      const inner = pathsIn(field);
      return inner.length === 0 ? [name] : inner.map((path) => `${name}.${path}`);
    });
  }
  if (schema instanceof z.ZodNullable) return pathsIn(schema.unwrap());
  if (schema instanceof z.ZodArray) return pathsIn(schema.element);
  return schema instanceof z.ZodDiscriminatedUnion ? schema.options.flatMap(pathsIn) : [];
}
