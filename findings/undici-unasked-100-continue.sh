#!/usr/bin/env bash
# undici gives up on a response that begins with an unasked "100 Continue".
#
# Version   undici 7.30.2, over a plain TCP server on the loopback.
# Standard  RFC 9110, 15.2: a client must be able to parse one or more 1xx responses before the final
#           one, even if it does not expect them, and may ignore those it does not expect.
# Seen      103 Early Hints before 200: the 200 is the answer. 100 Continue before 200, to a request
#           without "Expect": the call fails with UND_ERR_SOCKET, "bad response", though the server
#           has taken the request and answered 200.
# Matters   Whoever posts webhooks takes an event for undelivered that the receiver has, and posts it
#           again; whoever sends messages does not know whether one went out. Some receivers and
#           proxies write 100 on their own.
#
# Fails when this changes.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund undici@7.30.2

cat >try.mjs <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:net';
import { request } from 'undici';

async function outcomeAfter(informational) {
  const server = createServer((socket) => {
    socket.once('data', () => {
      socket.write(`HTTP/1.1 ${informational}\r\n\r\n`);
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok');
    });
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}/`;
  try {
    const { statusCode, body } = await request(url, { method: 'POST', body: '{}' });
    return `${statusCode} ${await body.text()}`;
  } catch (error) {
    return `${error.code}: ${error.message}`;
  } finally {
    server.close();
  }
}

for (const status of ['103 Early Hints', '102 Processing', '100 Continue'])
  console.log(`${status} -> ${await outcomeAfter(status)}`);
JS

seen="$(node try.mjs)"
echo "$seen"
expected='103 Early Hints -> 200 ok
102 Processing -> 200 ok
100 Continue -> UND_ERR_SOCKET: bad response'
if [ "$seen" != "$expected" ]; then
  echo "undici behaves otherwise now; expected:" >&2
  echo "$expected" >&2
  exit 1
fi
