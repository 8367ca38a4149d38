/** Arguments that a command cannot do without, shown as `<environment>`. */
import { Argument, type Command, Help } from 'commander';

const REQUIRED = new WeakSet<Argument>();

/**
 * Commander takes it as optional, so that the command itself refuses a missing one and says which there are; usage and help
 * show that it is required.
 */
export function requiredArgument(name: string, description: string): Argument {
  const argument = new Argument(`[${name}]`, description);
  REQUIRED.add(argument);
  return argument;
}

/** For `configureHelp`; subcommands take it over. */
export const HELP_WITH_REQUIRED: Partial<Help> = {
  commandUsage: (command) => withRequired(new Help().commandUsage(command), command),
  subcommandTerm: (command) => withRequired(new Help().subcommandTerm(command), command),
};

function withRequired(text: string, { registeredArguments }: Command): string {
  return registeredArguments
    .filter((argument) => REQUIRED.has(argument))
    .reduce((shown, argument) => shown.replace(`[${argument.name()}]`, `<${argument.name()}>`), text);
}
