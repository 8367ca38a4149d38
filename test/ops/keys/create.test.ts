import { describe, expect, it } from 'vitest';
import type { KeysContext } from '../../../ops/keys/context.ts';
import { create } from '../../../ops/keys/create.ts';
import { UsageError } from '../../../ops/terraform/targets.ts';
import { prod } from '../../envs/examples.ts';

describe('create', () => {
  it.each(['2026-13-a', '2026-11-ab', '../active'])(
    'refuses a generation of another form before AWS is asked: %s',
    async (generation) => {
      const context = {
        config: prod,
        look: () => Promise.reject(new Error('AWS was asked')),
      } as unknown as KeysContext;
      const refusal = await create(context, { generation }).catch((error: unknown) => error);

      expect(refusal).toBeInstanceOf(UsageError);
      expect((refusal as UsageError).message).toBe(
        `--generation: expected a name like "2026-11-a", got "${generation}"`,
      );
    },
  );
});
