/** A polluted `Object.prototype`, which a merge of request data can make: by each name that the package knows. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { APP, bodyOf, makeBackend, makeBrowser } from './backend.ts';

const source = new URL('../../../playback/src/', import.meta.url);
/** Every property that handlers, tokens and devices declare, assign or read. */
const NAMES = [
  ...new Set(
    readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((path) => /^(?:handlers|http|tokens|devices)\/.*\.ts$|^[a-z-]+\.ts$/.test(path))
      .flatMap((path) => [
        ...readFileSync(new URL(path, source), 'utf8').matchAll(
          /(?:readonly |\.|\b)([a-z]\w+)\??:|\.([a-z]\w+)\b/g,
        ),
      ])
      .map(([, declared, read]) => declared ?? read ?? ''),
  ),
].filter((name) => !(name in Object.prototype) && !(name in Array.prototype) && !(name in String.prototype));
const VALUES: readonly unknown[] = [true, 1, '42', {}];
/** What JavaScript, Node and the clients of HTTP do with such an object anywhere. */
const NOT_OURS = [
  'then',
  'get',
  'set',
  'value',
  'writable',
  'configurable',
  'enumerable',
  'signal',
  'next',
  'return',
];

/** Requests that must be refused, and one that must not be. */
async function makeRequests() {
  const backend = makeBackend();
  await backend.putKey('title-42');
  const browser = makeBrowser(backend);
  const { token } = await bodyOf(await browser.start());
  const api = 'https://api.example.com/api';
  const post = (path: string, json: object, headers: Readonly<Record<string, string>>) => () =>
    new Request(`${api}${path}`, {
      method: 'POST',
      body: JSON.stringify(json),
      headers: { 'content-type': 'application/json', ...headers },
    });
  const beat = { lessonId: '42', currentTime: 1, isPlaying: true };
  const evil = { origin: 'https://evil.example.org', 'x-test-user': 'user-7' };
  const refused: Readonly<Record<string, () => Request>> = {
    'a key without a token': () => new Request(`${api}/video-keys/42`),
    'a key for a token of another lesson': () => new Request(`${api}/video-keys/43?t=${token}`),
    'a key for another version': () => new Request(`${api}/video-keys/42?v=2&t=${token}`),
    'a start without a session': post('/videos/playback-token', { lessonId: '42' }, { origin: APP }),
    'a start from another site': post('/videos/playback-token', { lessonId: '42' }, evil),
    'a start without a lesson': post('/videos/playback-token', {}, { origin: APP, 'x-test-user': 'user-7' }),
    'a heartbeat of no device': post('/videos/heartbeat', beat, { origin: APP, 'x-test-user': 'user-7' }),
  };
  return { backend, refused, allowed: () => new Request(`${api}/video-keys/42?t=${token}`) };
}

async function whilePolluted<Result>(
  name: string,
  value: unknown,
  run: () => Promise<Result>,
): Promise<Result | Error> {
  Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
  try {
    return await run();
  } catch (error) {
    return error as Error;
  } finally {
    Reflect.deleteProperty(Object.prototype, name);
  }
}

describe('with a polluted Object.prototype', () => {
  it('knows the names that matter', () => {
    for (const name of [
      'allowed',
      'lessonId',
      'userId',
      'title',
      'refused',
      'fields',
      'encrypted',
      'algorithms',
    ]) {
      expect(NAMES).toContain(name);
    }
  });

  it.each(VALUES.map((value) => [JSON.stringify(value), value]))(
    'allows nothing that it refuses without it: %s',
    async (_, value) => {
      const { backend, refused, allowed } = await makeRequests();
      expect((await backend.handle(allowed())).status).toBe(200);
      const wrong: string[] = [];
      for (const name of NAMES.filter((one) => !NOT_OURS.includes(one))) {
        for (const [what, make] of Object.entries(refused)) {
          const request = make();
          const outcome = await whilePolluted(
            name,
            value,
            async () => (await backend.handle(request)).status,
          );
          if (outcome === 200) wrong.push(`${name}: ${what}`);
        }
      }
      expect(wrong).toEqual([]);
    },
  );
});
