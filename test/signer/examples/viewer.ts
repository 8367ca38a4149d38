/** A viewer's browser, as far as signed playback needs one: a cookie jar, and a player that follows playlists. */

import type { PlaybackEdge } from './playback-edge.ts';

interface StoredCookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
}

export class Viewer {
  readonly #edge: PlaybackEdge;
  #cookies: StoredCookie[] = [];

  constructor(edge: PlaybackEdge) {
    this.#edge = edge;
  }

  /** Takes the cookies of a backend's answer, as RFC 6265 says. @throws when one is not for https alone, or scripts could read it */
  accept(answer: Response): void {
    for (const line of answer.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ');
      const [, name = '', value = ''] = /^([^=]+)=(.*)$/.exec(pair) ?? [];
      const attribute = (wanted: string) =>
        attributes.find((one) => one.split('=', 1)[0] === wanted)?.slice(wanted.length + 1);
      if (attribute('Secure') === undefined || attribute('HttpOnly') === undefined) {
        throw new Error(`expected Secure and HttpOnly with ${name}`);
      }
      const path = attribute('Path') ?? '/';
      this.#cookies = this.#cookies.filter((stored) => stored.name !== name || stored.path !== path);
      if (attribute('Max-Age') !== '0') this.#cookies.push({ name, value, path });
    }
  }

  get cookieNames(): string[] {
    return this.#cookies.map(({ name }) => name).sort();
  }

  /** Asks the edge, which stands for the URL's host. */
  async fetch(url: string): Promise<Response> {
    const { protocol, host, pathname, search } = new URL(url);
    if (protocol !== 'https:' || host !== this.#edge.domain)
      throw new Error('expected a URL of the distribution');
    const cookies = this.#cookies.filter(({ path }) => pathname.startsWith(path));
    return fetch(`${this.#edge.edge.url}${pathname}${search}`, {
      headers:
        cookies.length === 0
          ? {}
          : { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') },
    });
  }

  /** Follows the first URI of each playlist. @returns the segment's text; or `403 <Code>` of the first denial */
  async play(url: string): Promise<string> {
    const answer = await this.fetch(url);
    const text = await answer.text();
    if (!answer.ok) return `${answer.status} ${/<Code>(\w+)<\/Code>/.exec(text)?.[1]}`;
    const uri = text.startsWith('#EXTM3U') ? /^[^#\s].*$/m.exec(text)?.[0] : undefined;
    return uri === undefined ? text : this.play(new URL(uri, url).href);
  }
}
