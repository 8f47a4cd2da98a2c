import {
  concernsOnePerson,
  isPermissionCode,
  type FailedClass,
  type MetaError,
} from '../meta-errors.ts';

/**
 * The codes of Instagram that are known, from Meta's pages "Common Error Codes" (Messenger
 * Platform), "Error Codes" (Instagram Platform) and "Handling Errors" (Graph API); this connector's
 * README names the page of each one that pauses an account. A new code is known by a line here.
 */

/** Subcodes say more than codes, and the same one has been seen under several codes. */
const BY_SUBCODE: Record<number, FailedClass> = {
  1357046: 'unknown', // an error although the message went out
  2534022: 'refused', // outside the 24 hour window
  2018278: 'refused', // the same, as Messenger writes it
  2018065: 'refused', // the same, for what needs a tag
  1545041: 'refused', // the person is not available
  2018108: 'refused', // the person does not receive messages from us
  2018300: 'refused', // another app has the thread
  2018321: 'refused', // the thread is not ours to write to at present
  2018336: 'refused', // not in this thread
  1893015: 'refused', // the person has stopped this topic
  1404170: 'refused', // the person cannot be written to
  2018001: 'refused', // no such person
  2534014: 'refused', // no such person
  2534001: 'refused', // the thread was deleted by its owner
  2534015: 'refused', // invalid message data
  2534052: 'refused', // empty text
  2018047: 'refused', // media could not be fetched
  33: 'refused', // an object that is not there; our own: see `ownId`
  2534041: 'unauthorized', // the owner closed API access to messages, or removed the app
  1893063: 'unauthorized', // the account is restricted from sending
  2534029: 'unauthorized', // the business is blocked
  2534077: 'unauthorized', // the account cannot use messaging
  2207050: 'unauthorized', // the account is inactive, checkpointed or restricted
  2534040: 'throttled', // Send API
  1545133: 'transient',
};

const BY_CODE: Record<number, FailedClass> = {
  1: 'transient',
  2: 'transient',
  1200: 'transient',
  102: 'unauthorized', // session
  190: 'unauthorized', // token
  368: 'unauthorized', // restricted for policy reasons
  4: 'throttled', // app
  17: 'throttled', // user
  32: 'throttled', // page
  613: 'throttled', // Send API
  100: 'refused', // a parameter, an unknown object, media
  551: 'refused', // the person is not available
  2534001: 'refused',
};

/** The class of Instagram's own codes; undefined for one that it does not document. */
export function classOf(error: MetaError): FailedClass | undefined {
  const { code, error_subcode: subcode } = error;
  if (typeof subcode === 'number' && Object.hasOwn(BY_SUBCODE, subcode)) return BY_SUBCODE[subcode];
  if (typeof code !== 'number') return undefined;
  // With a subcode these may concern one thread or person; alone they are the app's or the token's.
  if (isPermissionCode(code) && subcode) return undefined;
  if (isPermissionCode(code)) return concernsOnePerson(error) ? 'refused' : 'unauthorized';
  if (code >= 80_000 && code <= 80_014) return 'throttled'; // business use cases
  const known = Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined;
  return known === 'refused' && subcode ? undefined : known;
}

/** Whether the code alone says no. */
export function refuses({ code }: MetaError): boolean {
  if (typeof code !== 'number') return false;
  return isPermissionCode(code) || (Object.hasOwn(BY_CODE, code) && BY_CODE[code] === 'refused');
}
