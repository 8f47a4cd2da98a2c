import { eventWith, type SecrecyScript, type Stage } from './secrecy-script.ts';

const BOT = '7100009042';
const SECRET = 'AAcanary-tg-token_7a2d0000000000000000';
const GROUP = '-4009990042';

const CANARIES = {
  text: 'canary-tg-text-5d41',
  quotingText: 'canary-tg-quoting-83aa',
  editedText: 'canary-tg-edited-1c9e',
  caption: 'canary-tg-caption-c02e',
  fileName: 'canary-tg-file-77d1',
  fileAddress: 'https://files.example/canary-tg-address-90bc',
  mediaId: 'canary-tg-med-4f',
  receivedFile: 'documents/file_',
  payload: 'canary-tg-payload-a41b',
  contact: '+5521998760042',
  name: 'Canary Tg Name',
  username: 'canary_tg_username',
  person: '5005990042',
  groupId: GROUP,
  groupTitle: 'Canary Tg Group',
  supergroupId: '-1004009990042',
  botId: BOT,
  token: `${BOT}:${SECRET}`,
  tokenSecret: SECRET,
  encodedToken: `${BOT}%3A${SECRET}`,
} as const;

/** A bot, a person and a group. */
export function createTelegramScript(stage: Stage): SecrecyScript {
  const { control } = stage;
  const { person } = CANARIES;
  const act = (chat: string, verb: string, body: object) =>
    control<{ message_id: number }>('POST', `/customers/${chat}/${verb}`, {
      account: BOT,
      ...body,
    });

  return {
    channel: 'telegram',
    customer: person,
    canaries: CANARIES,
    async introduce() {
      const { token: bot_token } = CANARIES;
      await control('POST', '/accounts', { bot_token, username: 'secrecy_bot' });
      await control('PUT', `/accounts/${BOT}`, { privacy: false });
      return { bot_token };
    },
    async happen() {
      const { name, username, groupTitle: title } = CANARIES;
      const { message_id } = await act(person, 'messages', { text: CANARIES.text, name, username });
      const file = { type: 'document', name: CANARIES.fileName };
      await act(person, 'messages', { text: CANARIES.caption, attachments: [file] });
      await act(person, 'messages', { text: CANARIES.quotingText, reply_to: message_id });
      await act(person, 'edit', { message_id, text: CANARIES.editedText });
      await act(person, 'reactions', { message_id, emoji: '❤' });
      const contact = { phone_number: CANARIES.contact, first_name: name };
      await act(person, 'messages', { contact });
      await control('POST', '/customers', { account: BOT, customer_id: GROUP, title });
      await act(GROUP, 'join', {});
      const from = { id: person, name };
      await act(GROUP, 'messages', { text: `${CANARIES.text} grouped`, from });
      await eventWith(stage, ' grouped');
      const { supergroupId: to } = CANARIES;
      await act(GROUP, 'migrate', { to });
      await act(to, 'messages', { text: `${CANARIES.text} moved`, from });
      const damaged = [{ message: { chat: null, text: CANARIES.text } }, { [username]: {} }];
      await act(person, 'raw', { updates: damaged });
      for (const each of [CANARIES.caption, CANARIES.quotingText, CANARIES.contact, ' moved'])
        await eventWith(stage, each);
    },
    async press() {
      await act(person, 'callback', { data: CANARIES.payload });
      await eventWith(stage, CANARIES.payload);
    },
    write: (text) => act(person, 'messages', { text }),
    contents: (asked) => [
      { type: 'text', text: CANARIES.text },
      { type: 'image', url: `${CANARIES.fileAddress}.png`, caption: CANARIES.caption },
      { type: 'document', url: `${CANARIES.fileAddress}.pdf`, caption: CANARIES.caption },
      { type: 'reaction', message_id: asked, emoji: '👍' },
    ],
    refusedContents: () => [
      { type: 'document', media_id: CANARIES.mediaId, file_name: CANARIES.fileName },
      // The id in it is hidden as well; the rest must not stay because of that.
      { type: 'text', text: `${CANARIES.text} of ${person}: ${CANARIES.editedText}` },
    ],
    refusal: (status, words) => ({
      status,
      body: { ok: false, error_code: status, description: `Bad Request: ${words}` },
    }),
    calls: {
      send: { method: 'POST', body: 'chat_id' },
      fileInfo: { path: '/getFile' },
      file: { path: CANARIES.receivedFile },
    },
  };
}
