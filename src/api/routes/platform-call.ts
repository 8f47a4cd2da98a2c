import { ChannelError } from '../../channels/channel.ts';
import { ApiError } from '../errors.ts';

/**
 * What a platform said to a call that a request made, as a problem of that request. Throws
 * `platform_refused` or `platform_unavailable`; anything that is no {@link ChannelError} as it is.
 */
export function throwPlatformError(error: unknown): never {
  if (!(error instanceof ChannelError)) throw error;
  const { kind, code, message } = error;
  if (kind === 'refused' || kind === 'unauthorized')
    throw new ApiError('platform_refused', { detail: `The platform said: ${message} (${code})` });
  throw new ApiError('platform_unavailable', {
    detail: `The platform could not be asked (${code}). Nothing was changed; try again.`,
    headers: { 'Retry-After': '30' },
  });
}

/** What a channel does not have at all. */
export function notSupported(channel: string, what: string): ApiError {
  return new ApiError('not_supported', { detail: `${channel} has no ${what}.` });
}
