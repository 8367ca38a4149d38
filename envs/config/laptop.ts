/** What the environment `local` alone has. */
import { z } from 'zod';
import { field, type Values } from './field.ts';
import { whole } from './kinds.ts';
import { type Rule, rulesAbout, when } from './rule.ts';

export const laptop = {
  /** Fixed ports of the demo on a laptop (0 takes any free one); null for environments in an account. */
  laptop: field(
    z
      .strictObject(
        {
          demoPort: whole(0, 65_535, 'as port'),
          edgePort: whole(0, 65_535, 'as port'),
          edgeHttpPort: whole(0, 65_535, 'as port'),
        },
        { error: '{ demoPort, edgePort, edgeHttpPort }, or null' },
      )
      .nullable(),
    { devAndProd: 'same' },
  ),
};

const rule = rulesAbout<Values<typeof laptop>>();

export const laptopRules: readonly Rule[] = [
  rule(['laptop'], ({ laptop: ports }) => {
    const fixed = Object.values(ports ?? {}).filter((port) => port !== 0);
    return when(new Set(fixed).size < fixed.length, 'laptop', 'three different ports', fixed.join(', '));
  }),
];
