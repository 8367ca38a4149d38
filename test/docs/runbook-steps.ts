/** What a runbook has one do. */

export interface RunbookStep {
  readonly heading: string;
  readonly commands: string;
  /** What the page says is printed; empty for nothing. */
  readonly wanted: string;
}

/** Each ```sh block with the ```text block behind it, if that comes before the next one. */
export function stepsOf(text: string): RunbookStep[] {
  return [...text.matchAll(/```sh\n([\s\S]*?)```(?:\n\n```text\n([\s\S]*?)```)?/g)].map(
    ({ 1: commands = '', 2: wanted = '', index }) => ({
      heading: [...text.slice(0, index).matchAll(/^## (.*)$/gm)].at(-1)?.[1] ?? '',
      commands,
      wanted,
    }),
  );
}
