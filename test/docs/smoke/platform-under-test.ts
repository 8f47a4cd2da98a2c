import type { ChannelAccount } from '../../../src/channels/channel.ts';
import { startSandbox } from '../../../sandbox/sandbox.ts';
import type { Fault, Features, PlatformUnderTest } from '../../contract/platform-under-test.ts';
import { openInbox } from '../../contract/webhook-inbox.ts';
import { request } from '../../sandbox/http.ts';
import { createSmoke } from './index.ts';
import { createSmokePlatform, type Puff } from './platform.ts';

/** Smoke has texts and nothing else; what it has not is left out by name. */
export const features: Features = {
  handshake: false,
  signedBytes: true,
  namesAccount: true,
  profile: false,
  edits: false,
  deletes: false,
  reactions: false,
  reads: false,
  sendEchoes: false,
  ownerEchoes: false,
  callbackData: false,
  files: 'none',
  carriesMore: false,
  refusesAbsent: true,
  dropsWhileDisconnected: true,
  sends: { media: false, replies: false, reactions: false, edits: false },
};

/** Each as Smoke would answer it. */
const FAULTS: Record<Fault, object> = {
  refuse: { status: 400, body: { smoke: 'too_many_words' } },
  'refuse-oddly': { status: 400, body: { smoke: 'blue_moon' } },
  throttle: { status: 429, body: { smoke: 'too_much_wind' }, headers: { 'retry-after': '28' } },
  unauthorize: { status: 401, body: { smoke: 'unknown_keeper' } },
  stumble: { status: 500, body: { smoke: 'damp_wood' } },
  unavailable: { status: 503, body: '<html>Service Unavailable</html>' },
  break: { status: 502, body: '<html>Bad Gateway</html>' },
  'apply-then-drop': { mode: 'apply-then-drop' },
  'apply-then-garble': { mode: 'apply-then-fail', status: 200, body: '{"puff":' },
};

const HILL = 'far-hill';

/** The connector before the sandbox, with somebody on a hill who has been seen. */
export async function startSmoke(): Promise<PlatformUnderTest> {
  const platforms = { smoke: createSmokePlatform };
  const sandbox = await startSandbox({ port: 0, appSecret: '', verifyToken: '', platforms });
  const control = async (method: string, path: string, body?: unknown) =>
    (await request(method, `${sandbox.url}/control/smoke${path}`, body)).body;
  const [account, other] = [accountOf('our-fire'), accountOf('other-fire')];
  for (const { externalId, credentials } of [account, other])
    await control('POST', '/accounts', { fire_id: externalId, ...credentials });
  const channel = createSmoke({ apiUrl: `${sandbox.url}/smoke` });
  const inbox = await openInbox(channel, account);
  const write = async (text: string) => {
    const given = { account: account.externalId, text, name: 'Ann' };
    return String((await control('POST', `/customers/${HILL}/messages`, given))['puff']);
  };
  await write('first');
  await channel.connectAccount(account, inbox.url);
  const ours = async () => {
    const puffs = (await control('GET', `/customers/${HILL}`))['data'] as Puff[];
    return puffs.filter(({ from }) => from === 'business').map(({ text }) => text);
  };
  const never = () => Promise.reject(new Error('Smoke has nothing like it.'));
  return {
    ...{ channel, account, other, inbox },
    unreachable: createSmoke({ apiUrl: 'http://127.0.0.1:1' }),
    customer: { id: HILL, username: null, name: 'Ann' },
    strangerId: 'near-hill',
    absentId: 'no-hill-at-all',
    badCredentials: { keeper_key: 'key-of-nobody' },
    retryAfterMs: 28_000,
    received: ours,
    async lastReceived() {
      return { type: 'text', text: (await ours()).at(-1) ?? null, url: null, replyTo: null };
    },
    async sendCalls() {
      const { data } = await control('GET', '/received?method=POST&path=/puffs');
      return (data as unknown[]).length;
    },
    fault: async (fault) =>
      void (await control('PUT', '/faults', [{ match: '/puffs', ...FAULTS[fault] }])),
    write,
    async writeTogether(texts) {
      for (const text of texts) await write(text);
    },
    async sendOddEvents(goodText) {
      for (const body of [null, [], { ash: 1 }, { puff: {}, from: HILL }])
        await control('POST', '/raw', { account: account.externalId, body });
      await write(goodText);
    },
    async deliverNext(how) {
      const mode = how === 'twice' ? 'duplicate' : 'bad-seal';
      await control('POST', '/webhooks', { mode });
    },
    ...{ attach: never, edit: never, delete: never, react: never, see: never },
    ...{ writeAsOwner: never, register: never, reactionTo: never },
    async close() {
      await inbox.close();
      await sandbox.close();
    },
  };
}

function accountOf(externalId: string): ChannelAccount {
  const credentials = { keeper_key: `key-of-${externalId}` };
  return { id: `acc_${externalId}`, externalId, details: {}, credentials };
}
