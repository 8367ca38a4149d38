/** Messages in parts: what an error carries, and that the library names its options in parts alone. */

import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { acceptEitherBuild } from '../../signer/src/either-build.ts';
import { SignerError, SignerTypeError } from '../../signer/src/errors.ts';
import {
  inCode,
  message,
  messageOf,
  option,
  signerError,
  signerTypeError,
} from '../../signer/src/message.ts';
import { LIBRARY_OPTIONS } from './library-options.ts';

const said = message`${option('path')} or ${option('scope', 'directory')}${inCode('raise-cap', message`, or ${option('maxExpiresIn')}`)}; ${option('allowWholeHost', true)}, ${2}`;
const words = '"path" or "scope: \'directory\'", or "maxExpiresIn"; "allowWholeHost: true", 2';

describe('a message', () => {
  it('as text is in the words of the library', () => {
    expect(String(said)).toBe(words);
    expect(String(message`in ${said}`)).toBe(`in ${words}`);
  });

  it('keeps its parts inside another', () => {
    expect(
      message`a ${message`b ${option('path')}`}`.parts.filter((part) => typeof part !== 'string'),
    ).toEqual([expect.objectContaining({ option: 'path' })]);
  });
});

describe('an error', () => {
  const error = signerError('ERR_COOKIE_PATH', said, { cause: 'c' });

  it('has the words as its message, and its parts for who asks', () => {
    expect([error.message, error.code, error.cause]).toEqual([words, 'ERR_COOKIE_PATH', 'c']);
    expect(error).toBeInstanceOf(SignerError);
    expect(messageOf(error).parts).toEqual(said.parts);
    const typeError = signerTypeError('ERR_ARGUMENT_CONFLICT', said);
    expect([typeError.message, messageOf(typeError).parts]).toEqual([words, said.parts]);
    expect(typeError).toBeInstanceOf(SignerTypeError);
  });

  it('of text alone has one part', () => {
    for (const plain of [new SignerError('ERR_KEY_STALE', 'stale'), signerError('ERR_KEY_STALE', 'stale')]) {
      expect(messageOf(plain).parts).toEqual(['stale']);
    }
  });

  it('of the other build has one part, its message', () => {
    class OtherError extends Error {}
    acceptEitherBuild(OtherError, 'SignerError');
    const other: unknown = new OtherError('"path" must be');
    if (!(other instanceof SignerError)) throw new Error('expected an error of the signer');
    expect(messageOf(other).parts).toEqual(['"path" must be']);
  });

  it('has no property for its parts', () => {
    const plain = new SignerError('ERR_COOKIE_PATH', words, { cause: 'c' });
    expect(Reflect.ownKeys(error)).toEqual(Reflect.ownKeys(plain));
    expect(Reflect.ownKeys(Object.getPrototypeOf(error))).toEqual(Reflect.ownKeys(SignerError.prototype));
    expect(inspect(error, { showHidden: true })).not.toContain('option:');
    expect(messageOf({ ...error, message: 'x' }).parts).toEqual(['x']);
  });
});

describe('the source', () => {
  const files = signingSources();

  it('of the library names an option as a part of the message, never in its text', () => {
    const inText = new RegExp(`"(?:${LIBRARY_OPTIONS.join('|')})(?:: [^"]*)?"`);
    const found = files
      .filter(({ path }) => !path.startsWith('bin/'))
      .flatMap(({ path, texts }) =>
        texts.filter((text) => inText.test(text)).map((text) => `${path}: ${text}`),
      );
    // Fields of the secret's JSON, and an option of a call that no command makes.
    expect(found).toEqual([
      'keys/static-key.ts: "privateKey"',
      'secrets-manager/read-secret.ts:  holds no key pair id; store JSON with "keyPairId" and "privateKey", or pass ',
      'secrets-manager/read-secret.ts: "privateKey" of ',
    ]);
  });

  it('of the commands reads no message but those of their own errors, of Node and of CloudFront', () => {
    const found = files
      .filter(({ path }) => path.startsWith('bin/'))
      .flatMap(({ path, messages }) => messages.map((text) => `${path}: ${text}`));
    expect(found).toEqual([
      // What Node's parser of arguments says, and a MisuseError.
      'bin/command-line.ts: error.message',
      'bin/command-line.ts: error.message',
      'bin/describe-finding.ts: denial?.message',
      'bin/explain-command.ts: denial.message',
    ]);
  });
});

interface Source {
  /** Below `signer/src/`. */
  readonly path: string;
  readonly texts: readonly string[];
  /** Where the message of an error or a denial is read. */
  readonly messages: readonly string[];
}

/** The files that the program runs, without `verify/`, which judges and takes no options of a signer. */
function signingSources(): Source[] {
  const root = new URL('../../signer/src/', import.meta.url);
  const seen = new Map<string, Source>();
  const visit = (path: string) => {
    if (seen.has(path) || path.includes('verify/')) return;
    const file = ts.createSourceFile(
      path,
      readFileSync(new URL(path, root), 'utf8'),
      ts.ScriptTarget.Latest,
      true,
    );
    const texts: string[] = [];
    const imports: string[] = [];
    const messages: string[] = [];
    const walk = (node: ts.Node): void => {
      if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
        if (node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
          imports.push(node.moduleSpecifier.text);
        }
        return;
      }
      if (
        ts.isStringLiteralLike(node) ||
        ts.isTemplateHead(node) ||
        ts.isTemplateMiddleOrTemplateTail(node)
      ) {
        texts.push(node.text);
      }
      if (ts.isPropertyAccessExpression(node) && node.name.text === 'message') messages.push(node.getText());
      node.forEachChild(walk);
    };
    walk(file);
    seen.set(path, { path, texts, messages });
    for (const specifier of imports.filter((one) => one.startsWith('.'))) {
      visit(new URL(specifier, new URL(path, root)).pathname.slice(root.pathname.length));
    }
  };
  visit('bin/storytime-signer.ts');
  return [...seen.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
