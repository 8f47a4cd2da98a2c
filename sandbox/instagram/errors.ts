import { randomBytes } from 'node:crypto';

/** An error as the Graph API answers it; clients must look at `code` and `subcode`. */
export class MetaError extends Error {
  readonly status: number;
  readonly code: number;
  readonly subcode: number | undefined;
  readonly type: string;
  constructor(given: {
    code: number;
    subcode?: number;
    message: string;
    status?: number;
    type?: string;
  }) {
    super(given.message);
    this.status = given.status ?? 400;
    this.code = given.code;
    this.subcode = given.subcode;
    this.type = given.type ?? 'OAuthException';
  }
}

/** The body of an error: only message, type, code and fbtrace_id are always there. */
export function metaErrorBody({ message, type, code, subcode }: MetaError): object {
  return {
    error: {
      message,
      type,
      code,
      ...(subcode !== undefined && { error_subcode: subcode }),
      fbtrace_id: `A${randomBytes(16).toString('base64url')}`,
    },
  };
}

/** The refusals of the state rules. Texts are the platform's or close to them. */
export const refusals = {
  missingToken: () =>
    new MetaError({
      code: 190,
      type: 'IGApiException',
      message: 'An access token is required to request this resource.',
    }),
  badToken: () =>
    new MetaError({ code: 190, message: 'Invalid OAuth access token - Cannot parse access token' }),
  expiredToken: () =>
    new MetaError({
      code: 190,
      subcode: 463,
      message: 'Error validating access token: Session has expired.',
    }),
  revokedToken: () =>
    new MetaError({
      code: 190,
      subcode: 460,
      message:
        'Error validating access token: The session has been invalidated because the user changed their password.',
    }),
  youngToken: () =>
    new MetaError({
      code: 100,
      type: 'IGApiException',
      message: 'The access token is less than 24 hours old and cannot be refreshed yet.',
    }),
  unknownObject: (id: string) =>
    new MetaError({
      code: 100,
      subcode: 33,
      type: 'IGApiException',
      message: `Unsupported request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation`,
    }),
  parameter: (message: string) =>
    new MetaError({ code: 100, type: 'IGApiException', message: `(#100) ${message}` }),
  emptyText: () =>
    new MetaError({ code: 100, subcode: 2534052, message: '(#100) The message text is empty.' }),
  longText: () =>
    new MetaError({
      code: 100,
      type: 'IGApiException',
      message: '(#100) Length of param message[text] must be less than or equal to 1000',
    }),
  noSuchPerson: () =>
    new MetaError({ code: 100, subcode: 2534014, message: '(#100) No matching user found' }),
  windowClosed: () =>
    new MetaError({
      status: 403,
      code: 10,
      subcode: 2534022,
      message: '(#10) This message is sent outside of allowed window.',
    }),
  notAvailable: () =>
    new MetaError({
      code: 551,
      subcode: 1545041,
      message: "(#551) This person isn't available right now.",
    }),
  noConsent: () =>
    new MetaError({
      code: 230,
      message: '(#230) User consent is required to access user profile',
    }),
};
