import type { ChannelAccount } from '../../src/channels/channel.ts';
import { createInstagram } from '../../src/channels/instagram/index.ts';
import type { Attachment } from '../../src/domain/message.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import { describeChannelContract } from './channel-contract.ts';
import type { Fault, PlatformUnderTest } from './platform-under-test.ts';
import { openInbox } from './webhook-inbox.ts';

const SECRET = 'contract-app-secret';
const VERIFY_TOKEN = 'contract-verify-token';
const ACCOUNT = '17841400000000777';
const OTHER = '17841400000000888';
const CUSTOMER = '9100000000000777';
const STRANGER = '9100000000000888';

const features = {
  handshake: true,
  profile: true,
  edits: true,
  deletes: true,
  reactions: true,
  reads: true,
  echoes: true,
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
  const inbox = await openInbox(channel);
  const account = accountOf(ACCOUNT);
  const control = createControl(`${sandbox.url}/control`);
  await setUp(control, inbox.url);
  await channel.connectAccount(account);
  return {
    channel,
    unreachable: connector('http://127.0.0.1:1'),
    account,
    inbox,
    customer: { id: CUSTOMER, username: 'ana.contract', name: 'Ana 👋🏽 Contract' },
    strangerId: STRANGER,
    badCredentials: { access_token: 'IGAAbad00000000000000000000000000000000' },
    other: { externalId: OTHER, credentials: accountOf(OTHER).credentials },
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
  return { id: `acc_${externalId}`, externalId, credentials };
}

type Control = (method: string, path: string, body?: unknown) => Promise<Answer>;
type Answer = { status: number; json: Record<string, unknown> };

function createControl(base: string): Control {
  return async (method, path, body) => {
    const answer = await fetch(`${base}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
  };
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

const meta = (code: number, more: object = {}) => ({
  error: { message: '(#) A text of Meta.', type: 'OAuthException', code, fbtrace_id: 'A', ...more },
});

const usage = JSON.stringify({ '1': [{ type: 'instagram', estimated_time_to_regain_access: 28 }] });

/** Each as the platform would answer it. */
const FAULTS: Record<Fault, object> = {
  refuse: { status: 403, body: meta(10, { error_subcode: 2534022 }) },
  throttle: { status: 400, body: meta(80002), headers: { 'x-business-use-case-usage': usage } },
  unauthorize: { status: 400, body: meta(190, { error_subcode: 463 }) },
  stumble: { status: 500, body: meta(2, { is_transient: true }) },
  unavailable: { status: 503, body: '<html>Service Unavailable</html>' },
  break: { status: 502, body: '<html>Bad Gateway</html>' },
  'apply-then-drop': { mode: 'apply-then-drop' },
  'apply-then-garble': { mode: 'apply-then-fail', status: 200, body: '{"message_id":' },
};

const TYPES: Partial<Record<Attachment['type'], string>> = { document: 'file' };

type Verbs = Omit<
  PlatformUnderTest,
  | 'channel'
  | 'unreachable'
  | 'account'
  | 'inbox'
  | 'customer'
  | 'strangerId'
  | 'badCredentials'
  | 'other'
  | 'retryAfterMs'
  | 'close'
>;

function verbsOf(control: Control, inboxUrl: string): Verbs {
  const act = async (verb: string, body: object): Promise<string> => {
    const path = `/instagram/customers/${CUSTOMER}/${verb}`;
    const { status, json } = await control('POST', path, { account: ACCOUNT, ...body });
    if (status !== 200) throw new Error(`${path}: ${JSON.stringify(json)}`);
    return String(json['mid']);
  };
  const done = (result: Promise<unknown>) => result.then(() => undefined);
  return {
    async received() {
      const { json } = await control('GET', `/instagram/customers/${CUSTOMER}`);
      const [thread] = json['data'] as { messages: { from: string; text: string }[] }[];
      return (thread?.messages ?? [])
        .filter(({ from }) => from === 'business')
        .map(({ text }) => text);
    },
    async sendCalls() {
      const { json } = await control('GET', '/instagram/received?method=POST&path=/messages');
      return (json['data'] as unknown[]).length;
    },
    fault: (fault) =>
      done(control('PUT', '/instagram/faults', [{ match: '/messages', ...FAULTS[fault] }])),
    write: (text) => act('messages', { text }),
    attach: (type, url) => act('messages', { attachments: [{ type: TYPES[type] ?? type, url }] }),
    edit: (mid, text) => done(act('edit', { mid, text })),
    delete: (mid) => done(act('unsend', { mid })),
    react: (mid, emoji) => done(act('reactions', { mid, emoji })),
    see: (mid) => done(act('seen', { mid })),
    writeAsOwner: (text) => done(act('app-messages', { text })),
    async sendOddEvents(goodText) {
      await control('POST', '/instagram/raw', { object: 'instagram', entry: [null, { id: 7 }] });
      const good = { message: { mid: 'm-odd', text: goodText } };
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
