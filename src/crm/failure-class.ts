import { errors } from 'undici';
import { AddressError } from './address-guard.ts';

/** Codes by which a network says that nobody there can be reached. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
]);
const TIMED_OUT = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT']);
/** The sender was closed while the post was under way. */
const CLOSED = new Set(['UND_ERR_CLOSED', 'UND_ERR_DESTROYED']);
const CUT_OFF = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

/** A connection that did not come up: nothing of the request has left. */
export class DialError extends Error {
  override name = 'DialError';
  readonly failure: string;
  constructor(cause: Error, secure: boolean) {
    const failure = dialFailure(cause, secure);
    // The cause stays out: its message holds host names, addresses and certificates.
    super(`The connection failed (${failure})`);
    this.failure = failure;
  }
}

/** The `errorClass` of `WebhookAnswer` for an error of undici, or null for one it does not know. */
export function failureClass(error: unknown): string | null {
  if (error instanceof DialError) return error.failure;
  const code = codeOf(error);
  if (TIMED_OUT.has(code)) return 'timeout';
  if (CUT_OFF.has(code)) return 'reset';
  if (CLOSED.has(code)) return 'aborted';
  // Its code is missing for half of what its parser refuses.
  if (error instanceof errors.HTTPParserError) return 'protocol';
  if (code === 'UND_ERR_SOCKET')
    // The same code for a peer that hung up and for one that changed the protocol unasked.
    return /bad (response|upgrade)/.test((error as Error).message) ? 'protocol' : 'reset';
  return code.startsWith('UND_ERR_RES') || code === 'UND_ERR_HEADERS_OVERFLOW' ? 'protocol' : null;
}

function dialFailure(error: Error, secure: boolean): string {
  if (error instanceof AddressError) return error.reason;
  const code = codeOf(error);
  if (UNREACHABLE.has(code)) return 'refused';
  if (TIMED_OUT.has(code)) return 'timeout';
  if (CUT_OFF.has(code)) return 'reset';
  // With the address found and reached, what is left of a handshake to fail is TLS.
  return secure ? 'tls' : 'refused';
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
