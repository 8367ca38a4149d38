/**
 * The order of test files: what may take longest begins, so that no worker ends with it alone. Projects whose files share
 * their workers come together behind that, since a worker is kept only for the next file of its own project.
 */

import { readFileSync } from 'node:fs';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

export class LongestFirst extends BaseSequencer {
  /** By the limits that a file gives its own tests: unlike measured times, a fresh clone has them. */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const limits = new Map(files.map((file) => [file, limitsOf(file)]));
    const limitOf = (file: TestSpecification): number => limits.get(file) ?? 0;
    return [...files].sort(
      (a, b) => rankOf(a) - rankOf(b) || limitOf(b) - limitOf(a) || a.moduleId.localeCompare(b.moduleId),
    );
  }
}

function rankOf({ project }: TestSpecification): number {
  return ['cloud', 'unit'].indexOf(project.name);
}

/** The sum of the `…, 300_000)` of its tests and hooks, in seconds. */
function limitsOf({ moduleId }: TestSpecification): number {
  const limits = readFileSync(moduleId, 'utf8').matchAll(/(\d+)_000(?=,?\s*\))/g);
  return [...limits].reduce((sum, [, seconds]) => sum + Number(seconds), 0);
}
