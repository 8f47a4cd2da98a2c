import {
  CUSTOMER,
  CUSTOMER_NAME,
  OTHER_ACCOUNT,
  PHONE_NUMBER_ID as ACCOUNT,
  startWhatsApp,
  VERIFY_TOKEN,
} from '../channels/whatsapp/sandbox.ts';
import { describeChannelContract } from './channel-contract.ts';
import type { Fault, Features, PlatformUnderTest, Verbs } from './platform-under-test.ts';
import { command, type Control, metaError } from './sandbox-control.ts';

const features: Features = {
  handshake: true,
  signedBytes: true,
  namesAccount: true,
  profile: false,
  edits: true,
  deletes: true,
  reactions: true,
  reads: true,
  sendEchoes: false,
  ownerEchoes: true,
  callbackData: true,
  files: 'handle',
  carriesMore: true,
  refusesAbsent: false,
  dropsWhileDisconnected: true,
  sends: { media: true, replies: true, reactions: true, edits: false },
};

describeChannelContract('WhatsApp', features, start);

async function start(): Promise<PlatformUnderTest> {
  const { channel, connector, account, inbox, control, close } = await startWhatsApp();
  return {
    channel,
    unreachable: connector('http://127.0.0.1:1'),
    account,
    inbox,
    customer: { id: CUSTOMER, username: null, name: CUSTOMER_NAME },
    strangerId: '16505558888',
    absentId: '16505554040',
    badCredentials: { access_token: 'EAAbad00000000000000000000000000000000' },
    other: OTHER_ACCOUNT,
    retryAfterMs: undefined,
    ...verbsOf(control, inbox.url),
    close,
  };
}

/** Each as the platform would answer it. */
const FAULTS: Record<Fault, object> = {
  refuse: { status: 400, body: metaError(131_047) },
  throttle: { status: 400, body: metaError(130_429) },
  'refuse-oddly': { status: 400, body: metaError(139_999) },
  unauthorize: { status: 401, body: metaError(190) },
  stumble: { status: 500, body: metaError(131_000) },
  unavailable: { status: 503, body: '<html>Service Unavailable</html>' },
  break: { status: 502, body: '<html>Bad Gateway</html>' },
  'apply-then-drop': { mode: 'apply-then-drop' },
  'apply-then-garble': { mode: 'apply-then-fail', status: 200, body: '{"messages":[{"id":' },
};

type Seen = {
  id: string;
  from: 'customer' | 'business';
  type: string;
  text: string | null;
  media: { link: string | null } | null;
  reactions: { business?: string };
  replyTo: string | null;
};

function verbsOf(control: Control, inboxUrl: string): Verbs {
  const act = async (verb: string, body: object): Promise<string> => {
    const path = `/customers/${CUSTOMER}/${verb}`;
    return String(
      (await command(control, 'POST', path, { account: ACCOUNT, ...body }))['message_id'],
    );
  };
  const thread = async () => {
    const { data } = await command(control, 'GET', `/customers/${CUSTOMER}`);
    return (data as { messages: Seen[] }[])[0]?.messages ?? [];
  };
  const isOurs = ({ from }: Seen) => from === 'business';
  const done = (result: Promise<unknown>) => result.then(() => undefined);
  return {
    async received() {
      return (await thread()).filter(isOurs).flatMap(({ text }) => (text === null ? [] : [text]));
    },
    async lastReceived() {
      const last = (await thread()).findLast(isOurs);
      const { type = '', text = null, replyTo = null, media } = last ?? {};
      return { type, text, url: media?.link ?? null, replyTo };
    },
    async reactionTo(id) {
      return (await thread()).find((one) => one.id === id)?.reactions.business ?? null;
    },
    async sendCalls() {
      const { data } = await command(control, 'GET', '/received?method=POST&path=/messages');
      return (data as unknown[]).length;
    },
    fault: (fault) =>
      done(command(control, 'PUT', '/faults', [{ match: '/messages', ...FAULTS[fault] }])),
    write: (text) => act('messages', { text }),
    writeTogether: (texts) =>
      done(act('raw', { messages: texts.map((body) => ({ type: 'text', text: { body } })) })),
    async attach(type) {
      const bytes = Buffer.from(`\u0000 ${type} ÿ`, 'latin1');
      const id = await act('messages', { media: { type, base64: bytes.toString('base64') } });
      return { id, url: null, bytes };
    },
    edit: (id, text) => done(act('edit', { message_id: id, text })),
    delete: (id) => done(act('revoke', { message_id: id })),
    react: (id, emoji) => done(act('reactions', { message_id: id, emoji })),
    see: (id) => done(act('read', { message_id: id })),
    writeAsOwner: (text) => done(act('app-messages', { text })),
    async sendOddEvents(goodText) {
      const odd = {
        object: 'whatsapp_business_account',
        entry: [null, { id: 7 }, { changes: [1] }],
      };
      await command(control, 'POST', '/raw', odd);
      const messages = [
        { type: 'hologram', hologram: { depth: 3 } },
        { type: 'text', text: 'damaged' },
        { id: { odd: true } },
        { type: 'text', text: { body: goodText }, novelty: { words: goodText } },
      ];
      await act('raw', { messages });
    },
    async deliverNext(how) {
      const mode = how === 'twice' ? 'duplicate' : 'bad-signature';
      await command(control, 'POST', '/webhooks', { mode, count: 1 });
    },
    async register(verify) {
      const token = verify === 'right token' ? VERIFY_TOKEN : 'another-token';
      const body = { url: inboxUrl, verify_token: token };
      return (await control('PUT', '/webhook', body)).status === 200;
    },
  };
}
