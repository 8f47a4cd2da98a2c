import { MetaError, graphRefusals } from '../meta/errors.ts';

function refusal(code: number, message: string, details: string): MetaError {
  return new MetaError({ code, message: `(#${code}) ${message}`, details });
}

/** The refusals of the state rules. Texts are the platform's or close to them. */
export const refusals = {
  ...graphRefusals({ type: 'OAuthException', tokenStatus: 401 }),
  invalid: (details: string) => refusal(100, 'Invalid parameter', details),
  missing: (name: string) =>
    refusal(131008, 'Required parameter is missing', `Parameter '${name}' is missing.`),
  badValue: (details: string) => refusal(131009, 'Parameter value is not valid', details),
  unsupportedType: (type: string) =>
    refusal(131051, 'Unsupported message type', `Message type '${type}' is not supported.`),
  ownNumber: () =>
    refusal(
      131021,
      'Recipient cannot be sender',
      'Recipient phone number cannot be the sender phone number.',
    ),
  blockedUser: () => {
    const { code, title } = failures.undeliverable;
    return refusal(code, title, 'The business has blocked this user.');
  },
  noBsuid: () =>
    refusal(
      131062,
      'Business-scoped user id is not allowed',
      'Authentication templates need a phone number.',
    ),
  windowClosed: () => {
    const { code, title, details } = failures.windowClosed;
    return refusal(code, title, details);
  },
  groupContent: () =>
    refusal(131020, 'Group message is not valid', 'This type of message cannot go to a group.'),
  callback: (reason: string) =>
    new MetaError({
      code: 2200,
      message: `(#2200) Callback verification failed with the following errors: ${reason}`,
    }),
  badFile: (details: string) => new MetaError({ code: 100, message: `(#100) ${details}` }),
  template: (code: 132000 | 132001 | 132005 | 132007 | 132012 | 132015 | 132016, details: string) =>
    refusal(code, TEMPLATE_TITLES[code], details),
};

const TEMPLATE_TITLES = {
  132000: 'Number of parameters does not match the expected number of params',
  132001: 'Template name does not exist in the translation',
  132005: 'Translated text too long',
  132007: 'Template format character policy violated',
  132012: 'Parameter format does not match format in the created template',
  132015: 'Template is paused',
  132016: 'Template is disabled',
};

/** What is told later, as a `failed` status after a 200. */
export const failures = {
  windowClosed: {
    code: 131047,
    title: 'Re-engagement message',
    details:
      'Message failed to send because more than 24 hours have passed since the customer last replied to this number.',
  },
  undeliverable: {
    code: 131026,
    title: 'Message undeliverable',
    details: 'Message Undeliverable.',
  },
  media: {
    code: 131053,
    title: 'Media upload error',
    details: 'The media could not be fetched, or its type or size is not supported.',
  },
};

/** Titles of other failures that a test may ask for. */
const TITLES: Record<number, string> = {
  130429: 'Rate limit hit',
  130472: "User's number is part of an experiment",
  131000: 'Something went wrong',
  131031: 'Business Account locked',
  131042: 'Business eligibility payment issue',
  131048: 'Spam rate limit hit',
  131049: 'This message was not delivered to maintain healthy ecosystem engagement.',
  131050: 'User has stopped marketing messages',
  131056: '(Business Account, Consumer Account) pair rate limit hit',
};

export function failureOf(code: number) {
  const known = Object.values(failures).find((failure) => failure.code === code);
  const title = TITLES[code] ?? 'Message failed';
  return known ?? { code, title, details: `${title}.` };
}
