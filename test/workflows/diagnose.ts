/**
 * `diagnose.ts <file>...`: what GitHub's own language service says about workflows and actions, one line each.
 *
 * A program of its own because the service imports JSON without the attribute that Node.js asks for; tsx lets it.
 */
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ValidationConfig, validate } from '@actions/languageservice/validate';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { KNOWN_ACTIONS } from './known-actions.ts';

/** Without it the service takes any input of any action and of any reusable workflow. */
const config: ValidationConfig = {
  actionsMetadataProvider: {
    fetchActionMetadata: async ({ owner, name, ref }) => {
      const { commit, inputs } = KNOWN_ACTIONS[`${owner}/${name}`] ?? {};
      if (commit !== ref) return undefined;
      const described = inputs?.map((input) => [input, { description: input }]);
      return described && { name, description: name, inputs: Object.fromEntries(described) };
    },
  },
  fileProvider: {
    getFileContent: async (reference) => {
      if ('version' in reference) throw new Error(`${reference.path} belongs to another repository`);
      return { name: basename(reference.path), content: readFileSync(reference.path, 'utf8') };
    },
  },
};

for (const file of process.argv.slice(2)) {
  const uri = pathToFileURL(resolve(file)).href;
  const document = TextDocument.create(uri, 'yaml', 1, readFileSync(file, 'utf8'));
  for (const { range, message } of await validate(document, config)) {
    process.stdout.write(`${file}:${range.start.line + 1}: ${message}\n`);
  }
}
