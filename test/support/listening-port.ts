/** Which port of loopback a process listens on, as Linux tells it: for a server that tells nobody. */

import { readdir, readFile, readlink } from 'node:fs/promises';

const LISTENING = '0A';

/** @throws Error when the process listens on none */
export async function listeningPortOf(pid: number): Promise<number> {
  const descriptors = await readdir(`/proc/${pid}/fd`);
  const links = await Promise.all(
    descriptors.map((descriptor) => readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')),
  );
  for (const line of (await readFile(`/proc/${pid}/net/tcp`, 'utf8')).split('\n')) {
    const fields = line.trim().split(/\s+/);
    const [, local = '', , state] = fields;
    if (state === LISTENING && links.includes(`socket:[${fields[9]}]`)) {
      return Number.parseInt(local.split(':')[1] ?? '', 16);
    }
  }
  throw new Error(`process ${pid} listens on no port`);
}
