/** `npm run help`: every command, in groups, a line each. */
import { COMMAND_GROUPS, helpText } from './help/commands.ts';

process.stdout.write(`${helpText(COMMAND_GROUPS)}\n`);
