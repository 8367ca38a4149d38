/** Bunny on this machine: a pull zone with token authentication, the player's pages, the Stream API and TUS. */

import { startApiServer } from './api-server.ts';
import type { BunnyKeys } from './keys.ts';
import { type Library, openLibrary } from './library.ts';
import { type BunnyEdgeOptions, startBunnyEdge } from './run-edge.ts';
import { createStreamApi } from './stream-api.ts';
import { createTusEndpoint } from './tus.ts';
import { createWebhook } from './webhook.ts';

export { bunnyKeys, KEY_VARIABLES } from './keys.ts';
export type { BunnyLogEntry } from './run-edge.ts';

export interface BunnyOptions extends Partial<Omit<BunnyEdgeOptions, 'zone' | 'directory'>> {
  /** The zone's root; videos that are uploaded are written there. */
  readonly directory: string;
  readonly keys: BunnyKeys;
  /**
   * The pull zone's host: what URLs are signed for.
   * @default 'vz-local.b-cdn.net'
   */
  readonly zoneHost?: string;
  /** @default 1 */
  readonly libraryId?: number;
  /** Of the Stream API and the TUS endpoint. @default 0, any free port */
  readonly apiPort?: number;
  /** Called when a video's state changes. @default - nobody is */
  readonly webhookUrl?: string;
}

export interface Bunny {
  /** Where the zone and the player's pages are: `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** In the place of `https://video.bunnycdn.com`. */
  readonly apiUrl: string;
  readonly zoneHost: string;
  readonly libraryId: number;
  /** Ends both servers and what is being transcoded, which the next run takes up again. */
  close(): Promise<void>;
}

/** @throws TypeError for a folder that cannot be read; Error in one line when a port is taken */
export async function startBunny(options: BunnyOptions): Promise<Bunny> {
  const { directory, keys, zoneHost = 'vz-local.b-cdn.net', libraryId = 1, webhookUrl } = options;
  const now = options.now ?? (() => new Date());
  const onWarning = options.onWarning ?? ((message) => console.error(`edge: ${message}`));
  const closing = new AbortController();
  const { signal } = closing;
  const webhook =
    webhookUrl === undefined
      ? undefined
      : createWebhook({ url: webhookUrl, readOnlyApiKey: keys.readOnlyApiKey, onWarning, signal });

  const zone = { ...keys, host: zoneHost, libraryId: String(libraryId) };
  const edge = await startBunnyEdge({ ...options, zone, directory, onWarning, now });
  let library: Library | undefined;
  try {
    library = openLibrary({
      ...{ libraryId, directory, onWarning, now },
      onChange: (guid, status) => webhook?.({ libraryId, guid, status }),
    });
    const tus = await createTusEndpoint({ library, apiKey: keys.apiKey, now });
    const api = createStreamApi({ ...keys, library, signal, onWarning });
    const server = await startApiServer({ port: options.apiPort ?? 0, api, tus, onWarning });
    const opened = library;
    return {
      url: edge.url,
      apiUrl: server.url,
      zoneHost,
      libraryId,
      close: async () => {
        closing.abort(new Error('the local Bunny edge closes'));
        await Promise.all([edge.close(), server.close(), opened.close()]);
      },
    };
  } catch (cause) {
    await Promise.all([edge.close(), library?.close()]);
    throw cause;
  }
}
