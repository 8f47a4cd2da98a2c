import { createServer, type RequestListener, type Server, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import type { Logger } from '../logger.ts';
import { statusOf, type ErrorCode } from './error-codes.ts';
import { ApiError, problemOf } from './errors.ts';

export type ApiServerDeps = {
  /** `app.callback()`. */
  listener: RequestListener;
  logger: Logger;
  /** Tests shorten these; milliseconds. */
  timeouts?: { headersMs?: number; requestMs?: number };
};

export type ApiServer = {
  /** Resolves with the port it has (0 picks a free one). Rejects with one line for a taken port. */
  listen(port: number, host: string): Promise<number>;
  /**
   * Takes no more connections, closes idle ones, and lets requests end. Those that have not after
   * `graceMs` are cut off. May be called again.
   */
  close(graceMs: number): Promise<void>;
};

/** The HTTP server in front of the API, with limits for clients that are slow or never end. */
export function createApiServer({ listener, logger, timeouts = {} }: ApiServerDeps): ApiServer {
  const headersTimeout = timeouts.headersMs ?? 10_000;
  const server = createServer(
    {
      headersTimeout,
      requestTimeout: timeouts.requestMs ?? 30_000,
      // Longer than the 60 s of common load balancers: the side that closes first must be theirs.
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: Math.min(headersTimeout, 2_000),
      maxHeaderSize: 16 * 1024,
    },
    listener,
  );
  server.maxRequestsPerSocket = 1000;
  server.maxConnections = 5000;
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
    refuse(error, socket, logger),
  );
  const busy = trackBusy(server);
  return {
    listen: (port, host) => listen(server, port, host),
    close: (graceMs) => close(server, busy, graceMs),
  };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`PORT: ${port} on ${host} is in use; set PORT to a free one`)
          : error,
      ),
    );
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve((server.address() as AddressInfo).port);
    });
  });
}

async function close(server: Server, busy: Busy, graceMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  busy.closeWhenIdle();
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(cut);
}

type Busy = { closeWhenIdle(): void };

/**
 * Knows which connections have a request running. Node's `closeIdleConnections` leaves those that
 * never had one, and those that become idle after it: each would hold the process to its grace.
 */
function trackBusy(server: Server): Busy {
  const running = new Map<Socket, number>();
  let closing = false;
  const count = (socket: Socket, change: number) => {
    const requests = (running.get(socket) ?? 0) + change;
    if (socket.destroyed) running.delete(socket);
    else running.set(socket, requests);
    if (closing && requests === 0) socket.end();
  };
  server.on('connection', (socket) => {
    count(socket, 0);
    socket.on('close', () => running.delete(socket));
  });
  server.on('request', (request, response) => {
    count(request.socket, 1);
    response.on('close', () => count(request.socket, -1));
  });
  return {
    closeWhenIdle() {
      closing = true;
      for (const [socket, requests] of running) if (requests === 0) socket.destroy();
    },
  };
}

const CODES: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'body_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** Answers what is not HTTP, or did not arrive in time: no request exists that a route could see. */
function refuse(error: NodeJS.ErrnoException, socket: Socket, logger: Logger): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const code = CODES[error.code ?? ''] ?? 'bad_request';
  const traceId = randomUUID();
  const body = JSON.stringify(problemOf(new ApiError(code), traceId));
  const status = statusOf(code);
  logger.info('request', { trace_id: traceId, path: '(not HTTP)', status });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n` +
      'Content-Type: application/problem+json\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\n` +
      `X-Request-Id: ${traceId}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
}
