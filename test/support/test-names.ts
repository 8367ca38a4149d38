/** A failing test is read by its name alone: if two tests of a file have the same name, it does not say which one failed. */

/** What is asked of a task of vitest: a suite, whose `tasks` are listed, or a test. */
interface Named {
  readonly name: string;
  readonly tasks?: readonly Named[];
}

/** The full names that several tests of a file have, each once. */
export function repeatedNames({ tasks = [] }: Named): string[] {
  const names = tasks.flatMap((task) => fullNames(task));
  return [...new Set(names.filter((name, index) => names.indexOf(name) < index))];
}

/** @throws Error that lists the names, before the file's first test runs */
export function refuseRepeatedNames(file: Named): void {
  const names = repeatedNames(file);
  if (names.length === 0) return;
  throw new Error(
    `several tests have the same name, so a failure does not say which: add to each what is its own\n  ${names.join('\n  ')}`,
  );
}

function fullNames({ name, tasks }: Named): string[] {
  return tasks ? tasks.flatMap((task) => fullNames(task).map((inner) => `${name} > ${inner}`)) : [name];
}
