import type { ChannelAccount } from '../../src/channels/channel.ts';
import { createTelegram } from '../../src/channels/telegram/index.ts';
import type { Attachment } from '../../src/domain/message.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import { request } from '../sandbox/http.ts';
import { describeChannelContract } from './channel-contract.ts';
import type { Fault, Features, PlatformUnderTest } from './platform-under-test.ts';
import { openInbox } from './webhook-inbox.ts';

const BOT = '7100000777';
const OTHER = '7100000888';
const CUSTOMER = '5100000777';
const STRANGER = '5100000888';
const NAMES = { username: 'ana_contract', name: 'Ana 👋🏽 Contract' };

const features: Features = {
  handshake: false,
  signedBytes: false,
  // The body does not, but the address does.
  namesAccount: true,
  profile: true,
  edits: true,
  deletes: false,
  reactions: true,
  reads: false,
  sendEchoes: false,
  ownerEchoes: false,
  callbackData: false,
  files: 'handle',
  carriesMore: true,
  refusesAbsent: true,
  dropsWhileDisconnected: false,
  sends: { media: true, replies: true, reactions: true, edits: true },
};

describeChannelContract('Telegram', features, start);

type Json = Record<string, unknown>;
/** A call of the sandbox's control API that has to succeed. */
type Control = (method: string, path: string, body?: unknown) => Promise<Json>;

async function start(): Promise<PlatformUnderTest> {
  const sandbox = await startSandbox({ port: 0, appSecret: 'a', verifyToken: 'v' });
  const channel = createTelegram({ apiUrl: `${sandbox.url}/telegram` });
  const account = accountOf(BOT);
  const inbox = await openInbox(channel, account);
  const control: Control = async (method, path, body) => {
    const answer = await request(method, `${sandbox.url}/control/telegram${path}`, body);
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  for (const id of [BOT, OTHER])
    await control('POST', '/accounts', {
      bot_token: accountOf(id).credentials['bot_token'],
      username: `shop_${id}_bot`,
    });
  await control('POST', '/customers', {
    account: BOT,
    customer_id: CUSTOMER,
    started: true,
    ...NAMES,
  });
  // As the router's own address ends, by which the bot's webhook is known for ours.
  await channel.connectAccount(account, `${inbox.url}/webhooks/telegram/${account.id}`);
  return {
    channel,
    unreachable: createTelegram({ apiUrl: 'http://127.0.0.1:1' }),
    account,
    inbox,
    customer: { id: CUSTOMER, ...NAMES },
    strangerId: STRANGER,
    absentId: '5100000404',
    badCredentials: { bot_token: `${BOT}:AAbad_000000000000000000000000000000` },
    other: accountOf(OTHER),
    retryAfterMs: 28_000,
    ...verbsOf(control),
    async close() {
      await inbox.close();
      await sandbox.close();
    },
  };
}

function accountOf(externalId: string): ChannelAccount {
  const credentials = { bot_token: `${externalId}:AAcontract_00000000000000000000000` };
  return { id: `acc_${externalId}`, externalId, details: {}, credentials };
}

const refusal = (error_code: number, description: string, parameters?: object) => ({
  status: error_code,
  body: { ok: false, error_code, description, ...(parameters && { parameters }) },
});

/** Each as the platform would answer it. */
const FAULTS: Record<Fault, object> = {
  refuse: refusal(403, 'Forbidden: bot was blocked by the user'),
  throttle: {
    ...refusal(429, 'Too Many Requests: retry after 28', { retry_after: 28 }),
    headers: { 'retry-after': '28' },
  },
  'refuse-oddly': refusal(400, 'Bad Request: the moon is full'),
  unauthorize: refusal(401, 'Unauthorized'),
  // Telegram has no word for it; an edge that had enough of waiting did nothing.
  stumble: { status: 408, body: '<html>Request Timeout</html>' },
  unavailable: { status: 503, body: '<html>Service Unavailable</html>' },
  break: { status: 502, body: '<html>Bad Gateway</html>' },
  'apply-then-drop': { mode: 'apply-then-drop' },
  'apply-then-garble': { mode: 'apply-then-fail', status: 200, body: '{"ok":true,"result":{' },
};

const KINDS: Partial<Record<Attachment['type'], string>> = { image: 'photo' };
const TYPES: Record<string, string | undefined> = { photo: 'image' };

type Seen = {
  id: number;
  from: 'customer' | 'business';
  content: { text?: string; caption?: string } & Json;
  replyTo: number | null;
  reactions: Record<string, string[]>;
};

type Verbs = Omit<
  PlatformUnderTest,
  | 'channel'
  | 'unreachable'
  | 'account'
  | 'inbox'
  | 'customer'
  | 'strangerId'
  | 'absentId'
  | 'badCredentials'
  | 'other'
  | 'retryAfterMs'
  | 'close'
>;

const idOf = (messageId: number) => `${CUSTOMER}:${messageId}`;
const numberOf = (id: string) => Number(id.split(':')[1]);
const never = () => Promise.reject(new Error('Telegram has nothing like it.'));

function verbsOf(control: Control): Verbs {
  const act = (verb: string, body: object) =>
    control('POST', `/customers/${CUSTOMER}/${verb}`, { account: BOT, ...body });
  const write = async (body: object) => idOf(Number((await act('messages', body))['message_id']));
  const chat = async () => {
    const { data } = await control('GET', `/customers/${CUSTOMER}`);
    return (data as { messages: Seen[] }[])[0]?.messages ?? [];
  };
  const isOurs = ({ from }: Seen) => from === 'business';
  const sends = async () => {
    const { data } = await control('GET', '/received?method=POST&path=/send');
    return data as { body: Json }[];
  };
  return {
    async received() {
      return (await chat()).filter(isOurs).flatMap(({ content }) => content.text ?? []);
    },
    async lastReceived() {
      const last = (await chat()).findLast(isOurs);
      const kind = ['photo', 'video', 'audio', 'document'].find(
        (one) => one in (last?.content ?? {}),
      );
      // The customer sees the file; its address is in the call.
      const url = kind ? String((await sends()).at(-1)?.body[kind]) : null;
      return {
        type: kind ? (TYPES[kind] ?? kind) : 'text',
        text: last?.content.text ?? last?.content.caption ?? null,
        url,
        replyTo: last?.replyTo ? idOf(last.replyTo) : null,
      };
    },
    async reactionTo(id) {
      const message = (await chat()).find((one) => one.id === numberOf(id));
      return message?.reactions['bot']?.[0] ?? null;
    },
    sendCalls: async () => (await sends()).length,
    fault: async (fault) =>
      void (await control('PUT', '/faults', [{ match: '/send', ...FAULTS[fault] }])),
    write: (text) => write({ text }),
    async writeTogether(texts) {
      await act('raw', { updates: texts.map((text) => ({ message: { text } })) });
    },
    async attach(type) {
      const bytes = Buffer.from(`the bytes of ${type} \u0000\u00ff`);
      const file = {
        type: KINDS[type] ?? type,
        name: `a.${type}`,
        base64: bytes.toString('base64'),
      };
      return { id: await write({ attachments: [file] }), url: null, bytes };
    },
    edit: async (id, text) => void (await act('edit', { message_id: numberOf(id), text })),
    delete: never,
    react: async (id, emoji) => void (await act('reactions', { message_id: numberOf(id), emoji })),
    see: never,
    writeAsOwner: never,
    async sendOddEvents(goodText) {
      for (const body of [null, [], { update_id: {} }, { update_id: 1, message: { chat: 7 } }])
        await control('POST', '/raw', { account: BOT, body });
      const odd = [{ hologram: { beams: 3 } }, { message: 'damaged' }, { message: { chat: null } }];
      const good = { message: { text: goodText, novelty: { words: goodText } } };
      await act('raw', { updates: [...odd, good] });
    },
    async deliverNext(how) {
      const mode = how === 'twice' ? 'duplicate' : 'bad-secret';
      await control('POST', '/webhooks', { mode, count: 1 });
    },
    register: never,
  };
}
