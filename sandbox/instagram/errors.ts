import { MetaError, graphRefusals } from '../meta/errors.ts';

/** The refusals of the state rules. Texts are the platform's or close to them. */
export const refusals = {
  ...graphRefusals({ type: 'IGApiException', tokenStatus: 400 }),
  youngToken: () =>
    new MetaError({
      code: 100,
      type: 'IGApiException',
      message: 'The access token is less than 24 hours old and cannot be refreshed yet.',
    }),
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
