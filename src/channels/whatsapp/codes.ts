import {
  concernsOnePerson,
  isPermissionCode,
  type FailedClass,
  type MetaError,
} from '../meta-errors.ts';

/**
 * The codes of WhatsApp that are known, from Meta's page "WhatsApp error codes"; this connector's
 * README says of each one that pauses an account, and of each that might, why. A new code is known
 * by a line here.
 */

/** For answers and for `failed` statuses alike; subcodes count with permissions only. */
const BY_CODE: Record<number, FailedClass> = {
  0: 'unauthorized', // token not taken
  190: 'unauthorized', // token expired or invalid
  131005: 'unauthorized', // permission missing
  368: 'unauthorized', // account restricted for policy reasons
  131031: 'unauthorized', // account locked
  131045: 'unauthorized', // number not registered
  33: 'unauthorized', // our number was deleted
  131048: 'unauthorized', // restricted for spam
  133006: 'unauthorized', // number not verified
  133010: 'unauthorized', // number not registered
  4: 'throttled', // app
  80007: 'throttled', // WhatsApp Business account
  130429: 'throttled', // phone number
  131056: 'throttled', // this recipient
  131057: 'throttled', // maintenance of about a minute
  131208: 'throttled', // group
  1: 'transient',
  2: 'transient',
  131000: 'transient',
  131016: 'transient',
  133004: 'transient',
  131047: 'refused', // more than 24 hours since the customer wrote
  130497: 'refused', // not to people of this country
  131042: 'refused', // paid messages, for a payment that is due; free answers go on
  131064: 'refused', // wrongly classified templates; ends by itself
  131026: 'refused', // not on WhatsApp, or cannot get this message
  130403: 'refused', // we blocked the customer
  131050: 'refused', // customer wants no marketing
  131049: 'refused', // WhatsApp chose not to deliver
  130472: 'refused', // customer is part of an experiment
  131021: 'refused', // to ourselves
  131030: 'refused', // not on the test number's list
  131062: 'refused', // needs the phone number
  100: 'refused', // a parameter
  131008: 'refused', // a parameter missing
  131009: 'refused', // a parameter's value
  135000: 'refused', // the same
  131051: 'refused', // kind of message
  131052: 'refused', // received media
  131053: 'refused', // sent media
  132000: 'refused', // template: number of parameters
  132001: 'refused', // template: none of this name and language
  132005: 'refused', // template: too long with its values
  132007: 'refused', // template: against the rules
  132012: 'refused', // template: form of a parameter
  132015: 'refused', // template: paused
  132016: 'refused', // template: disabled
  131020: 'refused', // group
  131041: 'refused', // group
};

/** The class of WhatsApp's own codes; undefined for one that it does not document. */
export function classOf(error: Partial<MetaError>): FailedClass | undefined {
  const { code, error_subcode: subcode } = error;
  if (typeof code !== 'number') return undefined;
  // With a subcode these may concern one message; alone they are the app's or the token's.
  if (isPermissionCode(code) && subcode) return undefined;
  if (isPermissionCode(code)) return concernsOnePerson(error) ? 'refused' : 'unauthorized';
  if (code === 100 && subcode && subcode !== 33) return undefined;
  if (Object.hasOwn(BY_CODE, code)) return BY_CODE[code];
  if (code >= 80_000 && code <= 80_014) return 'throttled'; // business use cases
  if (code >= 131_201 && code <= 131_215) return 'refused'; // groups
  return undefined;
}

/** Whether the code alone says no. */
export function refuses({ code }: MetaError): boolean {
  return typeof code === 'number' && (code === 100 || isPermissionCode(code));
}
