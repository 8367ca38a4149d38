/** What the environment `local` alone has. */
import { z } from 'zod';
import { field, type Values } from './field.ts';
import { whole } from './kinds.ts';
import { type Rule, rulesAbout, when } from './rule.ts';

export const localPorts = {
  /** Ports of `npm start` on this machine (0 takes any free one); null for environments in an account. */
  localPorts: field(
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

const rule = rulesAbout<Values<typeof localPorts>>();

export const localPortsRules: readonly Rule[] = [
  rule(['localPorts'], ({ localPorts: ports }) => {
    const fixed = Object.values(ports ?? {}).filter((port) => port !== 0);
    return when(new Set(fixed).size < fixed.length, 'localPorts', 'three different ports', fixed.join(', '));
  }),
];
