import { metaError } from '../contract/sandbox-control.ts';
import { eventWith, type SecrecyScript, type Stage } from './secrecy-script.ts';

const ACCOUNT = '106549000000042';
const GROUP = 'Y2FuYXJ5LWdyb3VwLXdhLTFm';
/** The platform itself tells nobody. */
const HIDDEN_PHONE = '5511987650043';
const TEMPLATE = 'secrecy_template';

const CANARIES = {
  text: 'canary-wa-text-5d41',
  quotingText: 'canary-wa-quoting-83aa',
  editedText: 'canary-wa-edited-1c9e',
  appText: 'canary-wa-app-2b7e',
  caption: 'canary-wa-caption-c02e',
  fileName: 'canary-wa-file-77d1',
  fileAddress: 'https://files.example/canary-wa-address-90bc',
  mediaId: 'canary-wa-med-4f',
  receivedFile: '/lookaside/whatsapp_business/',
  parameter: 'canary-wa-parameter-6ee2',
  payload: 'canary-wa-payload-a41b',
  place: 'canary-wa-place-0b6d',
  contact: '+55 21 99876-0042',
  headline: 'canary-wa-headline-31ce',
  leftOver: 'canary-wa-left-over-64d0',
  name: 'Canary Wa Name',
  username: 'canary_wa_username',
  phone: '5511987650042',
  writtenPhone: '+55 11 98765-0042',
  userId: 'BR.canarywauser9d1f',
  groupId: GROUP,
  phoneNumberId: ACCOUNT,
  wabaId: '206549000000042',
  token: 'EAAGcanarywatoken7a2d0000000000000000',
} as const;

/** A number on WhatsApp, people with and without one, and a group. */
export function createWhatsAppScript(stage: Stage): SecrecyScript {
  const { control, router } = stage;
  const { phone } = CANARIES;
  const act = (person: string, verb: string, body: object) =>
    control<{ message_id: string }>('POST', `/customers/${person}/${verb}`, {
      account: ACCOUNT,
      ...body,
    });

  return {
    channel: 'whatsapp',
    customer: phone,
    canaries: CANARIES,
    async introduce() {
      const { phoneNumberId: phone_number_id, wabaId: waba_id, token: access_token } = CANARIES;
      const credentials = { phone_number_id, waba_id, access_token };
      await control('POST', '/accounts', credentials);
      await control('PUT', '/webhook', { url: `${router.api}/webhooks/whatsapp` });
      const buttons = { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Yes' }] };
      const components = [{ type: 'BODY', text: 'Hi {{1}}' }, buttons];
      await control('POST', '/templates', { account: ACCOUNT, name: TEMPLATE, components });
      await control('PUT', '/settings', { sent_after_ms: 0, delivered_after_ms: 0 });
      return credentials;
    },
    async happen() {
      const { name, username, userId: user_id } = CANARIES;
      const { message_id } = await act(phone, 'messages', { text: CANARIES.text, name, username });
      const media = { type: 'document', caption: CANARIES.caption, filename: CANARIES.fileName };
      await act(phone, 'messages', { media });
      await act(phone, 'messages', { text: CANARIES.quotingText, reply_to: message_id });
      await act(phone, 'edit', { message_id, text: CANARIES.editedText });
      await act(phone, 'reactions', { message_id, emoji: '❤️' });
      const button = { payload: CANARIES.payload, text: 'Yes' };
      await act(phone, 'messages', { button });
      const location = { latitude: -23.5, longitude: -46.6, name: CANARIES.place };
      await act(phone, 'messages', { location });
      const contact = { name: { formatted_name: name }, phones: [{ phone: CANARIES.contact }] };
      await act(phone, 'messages', { contacts: [contact] });
      await act(phone, 'app-messages', { text: CANARIES.appText });
      await control('PUT', `/customers/${HIDDEN_PHONE}`, {
        ...{ account: ACCOUNT, user_id, number_hidden: true, username },
      });
      await act(HIDDEN_PHONE, 'messages', { text: `${CANARIES.text} hidden` });
      await control('POST', '/groups', {
        account: ACCOUNT,
        group_id: GROUP,
        participants: [phone],
      });
      await act(phone, 'messages', { text: `${CANARIES.text} grouped`, group: GROUP });
      await act(phone, 'raw', { messages: [{ type: 'text', text: CANARIES.text, id: 7 }] });
      const carrying = {
        ...{ type: 'text', text: { body: CANARIES.text } },
        ...{ referral: { headline: CANARIES.headline }, novelty: { words: CANARIES.leftOver } },
      };
      await act(phone, 'raw', { messages: [carrying] });
      const words = [
        ...[CANARIES.text, CANARIES.caption, CANARIES.quotingText, CANARIES.payload],
        ...[CANARIES.place, CANARIES.contact, ' hidden', ' grouped'],
        ...[CANARIES.headline, CANARIES.leftOver],
      ];
      for (const each of words) await eventWith(stage, each);
    },
    write: (text) => act(phone, 'messages', { text }),
    contents: (asked) => [
      { type: 'text', text: CANARIES.text },
      { type: 'image', url: `${CANARIES.fileAddress}.png`, caption: CANARIES.caption },
      {
        type: 'document',
        ...{ url: `${CANARIES.fileAddress}.pdf`, file_name: `${CANARIES.fileName}.pdf` },
      },
      { type: 'template', name: TEMPLATE, language: 'en_US', components: filled() },
      { type: 'reaction', message_id: asked, emoji: '👍' },
    ],
    refusedContents: () => [
      { type: 'image', media_id: CANARIES.mediaId, caption: CANARIES.caption },
      // The id in it is hidden as well; the rest must not stay because of that.
      { type: 'text', text: `${CANARIES.text} of ${phone}: ${CANARIES.editedText}` },
    ],
    refusal: (status, words) => ({
      status,
      body: metaError(status === 401 ? 190 : 131_009, {
        message: words,
        error_data: { details: `${words} (${CANARIES.writtenPhone})` },
      }),
    }),
    calls: {
      send: { method: 'POST', path: '/messages' },
      fileInfo: { method: 'GET', path: '/v25.0/' },
      file: { method: 'GET', path: CANARIES.receivedFile },
    },
  };
}

function filled(): object[] {
  const { parameter: text, payload } = CANARIES;
  const button = { type: 'button', sub_type: 'quick_reply', index: '0' };
  return [
    { type: 'body', parameters: [{ type: 'text', text }] },
    { ...button, parameters: [{ type: 'payload', payload }] },
  ];
}
