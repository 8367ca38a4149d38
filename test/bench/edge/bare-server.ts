/** What the edge is measured against: `node:http` that streams the files of a folder and checks nothing. */
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream';

const [folder = ''] = process.argv.slice(2);

const server = createServer((request, response) => {
  const file = join(folder, request.url ?? '');
  const { size } = statSync(file);
  response.writeHead(200, { 'content-type': 'video/mp2t', 'content-length': size });
  pipeline(createReadStream(file), response, () => {});
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
