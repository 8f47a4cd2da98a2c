import type { ChannelAccount } from '../../src/channels/channel.ts';
import { createInstagram } from '../../src/channels/instagram/index.ts';
import type { Attachment } from '../../src/domain/message.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import { describeChannelContract } from './channel-contract.ts';
import type { Fault, Features, PlatformUnderTest, Verbs } from './platform-under-test.ts';
import { type Control, createControl, metaError } from './sandbox-control.ts';
import { openInbox } from './webhook-inbox.ts';

const SECRET = 'contract-app-secret';
const VERIFY_TOKEN = 'contract-verify-token';
const ACCOUNT = '17841400000000777';
const OTHER = '17841400000000888';
const CUSTOMER = '9100000000000777';
const STRANGER = '9100000000000888';

const features: Features = {
  handshake: true,
  signedBytes: true,
  namesAccount: true,
  profile: true,
  edits: true,
  deletes: true,
  reactions: true,
  reads: true,
  sendEchoes: true,
  ownerEchoes: true,
  callbackData: false,
  files: 'url',
  carriesMore: true,
  refusesAbsent: true,
  dropsWhileDisconnected: true,
  sends: { media: true, replies: true, reactions: true, edits: false },
};

describeChannelContract('Instagram', features, start);

async function start(): Promise<PlatformUnderTest> {
  const sandbox = await startSandbox({ port: 0, appSecret: SECRET, verifyToken: VERIFY_TOKEN });
  const connector = (url: string) =>
    createInstagram({
      apiUrl: `${url}/v25.0`,
      // The second one is what signs: any of several must do.
      appSecrets: ['an-older-secret', SECRET],
      verifyToken: VERIFY_TOKEN,
    });
  const channel = connector(`${sandbox.url}/instagram`);
  const account = accountOf(ACCOUNT);
  const inbox = await openInbox(channel, account);
  const control = createControl(`${sandbox.url}/control`);
  await setUp(control, inbox.url);
  await channel.connectAccount(account, null);
  return {
    channel,
    unreachable: connector('http://127.0.0.1:1'),
    account,
    inbox,
    customer: { id: CUSTOMER, username: 'ana.contract', name: 'Ana 👋🏽 Contract' },
    strangerId: STRANGER,
    absentId: '9100000000000404',
    badCredentials: { access_token: 'IGAAbad00000000000000000000000000000000' },
    other: accountOf(OTHER),
    retryAfterMs: 28 * 60_000,
    ...verbsOf(control, inbox.url),
    async close() {
      await inbox.close();
      await sandbox.close();
    },
  };
}

function accountOf(externalId: string): ChannelAccount {
  const credentials = { access_token: `IGAA${externalId}0000000000000000` };
  return { id: `acc_${externalId}`, externalId, details: {}, credentials };
}

async function setUp(control: Control, inboxUrl: string): Promise<void> {
  for (const id of [ACCOUNT, OTHER])
    await control('POST', '/instagram/accounts', {
      instagram_account_id: id,
      username: `shop_${id}`,
      access_token: accountOf(id).credentials['access_token'],
    });
  const names = { username: 'ana.contract', name: 'Ana 👋🏽 Contract' };
  const ana = { account: ACCOUNT, customer_id: CUSTOMER, ...names };
  await control('POST', '/instagram/customers', ana);
  await control('POST', '/instagram/customers', { account: ACCOUNT, customer_id: STRANGER });
  // Opens the window, before there is an inbox to hear of it.
  await control('POST', `/instagram/customers/${CUSTOMER}/messages`, {
    account: ACCOUNT,
    text: 'first',
  });
  await control('PUT', '/instagram/webhook', { url: inboxUrl });
}

const usage = JSON.stringify({ '1': [{ type: 'instagram', estimated_time_to_regain_access: 28 }] });

/** Each as the platform would answer it. */
const FAULTS: Record<Fault, object> = {
  refuse: { status: 403, body: metaError(10, { error_subcode: 2534022 }) },
  throttle: {
    status: 400,
    body: metaError(80002),
    headers: { 'x-business-use-case-usage': usage },
  },
  'refuse-oddly': { status: 403, body: metaError(10, { error_subcode: 2999999 }) },
  unauthorize: { status: 400, body: metaError(190, { error_subcode: 463 }) },
  stumble: { status: 500, body: metaError(2, { is_transient: true }) },
  unavailable: { status: 503, body: '<html>Service Unavailable</html>' },
  break: { status: 502, body: '<html>Bad Gateway</html>' },
  'apply-then-drop': { mode: 'apply-then-drop' },
  'apply-then-garble': { mode: 'apply-then-fail', status: 200, body: '{"message_id":' },
};

const TYPES: Partial<Record<Attachment['type'], string>> = { document: 'file' };
const TYPE_NAMES: Record<string, string | undefined> = { file: 'document' };

type Seen = {
  mid: string;
  from: 'customer' | 'business';
  text: string | null;
  media: { type: string; url?: string }[];
  replyTo: string | null;
  reactions: { business?: string };
};

function verbsOf(control: Control, inboxUrl: string): Verbs {
  const act = async (verb: string, body: object): Promise<string> => {
    const path = `/instagram/customers/${CUSTOMER}/${verb}`;
    const { status, json } = await control('POST', path, { account: ACCOUNT, ...body });
    if (status !== 200) throw new Error(`${path}: ${JSON.stringify(json)}`);
    return String(json['mid']);
  };
  const thread = async () => {
    const { json } = await control('GET', `/instagram/customers/${CUSTOMER}`);
    return (json['data'] as { messages: Seen[] }[])[0]?.messages ?? [];
  };
  const isOurs = ({ from }: Seen) => from === 'business';
  const done = (result: Promise<unknown>) => result.then(() => undefined);
  return {
    async received() {
      return (await thread()).filter(isOurs).flatMap(({ text }) => (text === null ? [] : [text]));
    },
    async lastReceived() {
      const last = (await thread()).findLast(isOurs);
      const [file] = last?.media ?? [];
      const type = file ? (TYPE_NAMES[file.type] ?? file.type) : 'text';
      const { text = null, replyTo = null } = last ?? {};
      return { type, text, url: file?.url ?? null, replyTo };
    },
    async reactionTo(mid) {
      return (await thread()).find((one) => one.mid === mid)?.reactions.business ?? null;
    },
    async sendCalls() {
      const { json } = await control('GET', '/instagram/received?method=POST&path=/messages');
      return (json['data'] as unknown[]).length;
    },
    fault: (fault) =>
      done(control('PUT', '/instagram/faults', [{ match: '/messages', ...FAULTS[fault] }])),
    write: (text) => act('messages', { text }),
    async writeTogether(texts) {
      await act('raw', {
        items: texts.map((text, n) => ({ message: { mid: `m-together-${n}`, text } })),
      });
    },
    async attach(type) {
      const url = `https://cdn.example/${type}`;
      const attachments = [{ type: TYPES[type] ?? type, url }];
      return { id: await act('messages', { attachments }), url, bytes: null };
    },
    edit: (mid, text) => done(act('edit', { mid, text })),
    delete: (mid) => done(act('unsend', { mid })),
    react: (mid, emoji) => done(act('reactions', { mid, emoji })),
    see: (mid) => done(act('seen', { mid })),
    writeAsOwner: (text) => done(act('app-messages', { text })),
    async sendOddEvents(goodText) {
      await control('POST', '/instagram/raw', { object: 'instagram', entry: [null, { id: 7 }] });
      const novelty = { words: goodText };
      const good = { message: { mid: 'm-odd', text: goodText, novelty } };
      const odd = [{ hologram: { mid: 'x' } }, { message: 'damaged' }, { message: { mid: {} } }];
      await act('raw', { items: [...odd, good] });
    },
    async deliverNext(how) {
      const mode = how === 'twice' ? 'duplicate' : 'bad-signature';
      await control('POST', '/instagram/webhooks', { mode, count: 1 });
    },
    async register(verify) {
      const token = verify === 'right token' ? VERIFY_TOKEN : 'another-token';
      const body = { url: inboxUrl, verify_token: token };
      return (await control('PUT', '/instagram/webhook', body)).status === 200;
    },
  };
}
