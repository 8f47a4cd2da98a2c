import { buildConnector } from 'undici';
import { passingOverContinue } from '../http/informational-answers.ts';
import { AddressError, literalAddress, type AddressGuard } from './address-guard.ts';
import { DialError } from './failure-class.ts';

/**
 * undici's connector behind the address guard: every connection, whoever asks for it, goes to an
 * address the guard has just allowed. Errors come out as {@link DialError}: until the connection
 * is up, a reset and a certificate problem mean something else than afterwards.
 */
export function createGuardedConnector(
  guard: AddressGuard,
  timeoutMs: number,
): buildConnector.connector {
  const connect = passingOverContinue(
    buildConnector({ lookup: guard.lookup, timeout: timeoutMs, allowH2: false }),
  );
  return (target, callback) => {
    const secure = target.protocol === 'https:';
    const literal = literalAddress(target.hostname);
    // net.connect asks no lookup about a host that is an address already.
    if (literal !== null && !guard.allows(literal))
      return callback(new DialError(new AddressError('forbidden_address'), secure), null);
    connect(target, (...[error, socket]) =>
      error ? callback(new DialError(error, secure), null) : callback(null, socket),
    );
  };
}
