/** Runs the code of docs/coming-from.md: as modules below the root, where packages resolve, at the page's noon. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, vi } from 'vitest';
import { KEY_PAIR_ID, makeRsa, rsa } from '../fixtures.ts';
import { addAwsSdk } from './aws-sdk.ts';
import { callElsewhere } from './other-languages.ts';
import type { Library } from './page.ts';
import { type Given, LIBRARIES, languageOf, moduleOf } from './page-module.ts';

export type Call = () => Promise<unknown>;

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PASSPHRASE = 'correct horse';
/** A key that CloudFront does not take. */
export const weak = makeRsa(1024);
let folder = '';

/** Sets up what the page takes for granted, until the file's tests have ended. */
export function usePage(): void {
  beforeAll(() => {
    mkdirSync(join(ROOT, '.storytime'), { recursive: true });
    folder = mkdtempSync(join(ROOT, '.storytime', 'coming-from-'));
    const keyPath = join(folder, 'key.pem');
    writeFileSync(keyPath, rsa.privatePem, { mode: 0o600 });
    const encryption = {
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: PASSPHRASE,
    } as const;
    const given: Record<Given, string> = {
      keyPairId: KEY_PAIR_ID,
      privateKey: rsa.privatePem,
      publicKey: rsa.publicPem,
      encryptedKey: rsa.privateKey.export(encryption).toString(),
      passphrase: PASSPHRASE,
      weakKey: weak.privatePem,
      keyPath,
    };
    for (const [name, value] of Object.entries(given)) vi.stubGlobal(name, value);
    // Only the date: child processes are waited for with real timers.
    vi.useFakeTimers({ now: new Date('2026-12-01T12:00:00Z'), toFake: ['Date'] });
  });
  afterAll(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    rmSync(folder, { recursive: true, force: true });
  });
}

/** What a module of the page exports. */
export function load(name: string, code: string): Promise<Record<string, unknown>> {
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, code);
  return import(/* @vite-ignore */ file);
}

/**
 * @param library whose set-up stands above the codes; none where they need that of the page alone
 * @returns a call for each code, in their order
 */
export async function loadCalls(
  name: string,
  codes: readonly string[],
  library?: Library,
): Promise<readonly Call[]> {
  return (await load(name, moduleOf(codes, library))).calls as readonly Call[];
}

/** The same for the code that signs today, in the language of its library. */
export async function loadCallsToday(library: Library, codes: readonly string[]): Promise<readonly Call[]> {
  if (languageOf(library) === 'JavaScript') {
    return loadCalls(`today-${LIBRARIES.indexOf(library)}`, codes, library);
  }
  const results = await callElsewhere(library, codes);
  return results.map((result) => async () => result);
}

/** Where the tests run on a developer's machine without a registry, why a library cannot be had; in CI that is an error. */
export function whyUnavailable(library: Library): string | undefined {
  const failure = library === 'aws-sdk' ? addAwsSdk(folder, join(ROOT, '.storytime')) : undefined;
  if (failure !== undefined && process.env.CI === 'true') throw new Error(failure);
  return failure;
}
