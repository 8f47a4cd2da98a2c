import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, type Page, chromium } from 'playwright-core';
import { DEMO_ACCOUNT, type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { chromiumPath } from '../support/chromium.ts';
import { postEvent } from './fake-router.ts';
import { request, until } from './http.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const executablePath = chromiumPath();
const describeInBrowser = executablePath ? describe : describe.skip;
const ANA = '9100000000000001';
type Json = Record<string, unknown>;

let sandbox: Sandbox;
let receiver: Receiver;
let browser: Browser;
let page: Page;
let sequence = 0;
const complaints: string[] = [];

/** One event of the router about Ana's chat. */
async function tell(type: string, data: Json): Promise<void> {
  const about = { sandboxUrl: sandbox.url, token: '', secret: 's3cret', accountId: 'acc_1' };
  const sides = { source: 'customer', sender_id: ANA, recipient_id: '1784', channel: 'instagram' };
  const rest = { conversation_id: 'conv_1', sequence: ++sequence };
  const message = { ...sides, message_type: 'text', text: null, attachments: [], reply_to: null };
  const status = await postEvent(about, `message.${type}`, { ...message, ...data }, rest);
  expect(status).toBe(200);
}
const bubble = (index = -1) => page.locator('#chat .message').nth(index);

const nothing = { company: null, department: null, job_title: null, birthday: null };
const card = {
  ...{ ...nothing, name: 'Lee Cup', first_name: null, last_name: null, company: 'Cups Ltd' },
  ...{ phones: [], emails: [{ email: 'lee@cups.example', type: 'WORK' }], urls: [] },
  ...{ addresses: [], platform_id: null, vcard: null },
};
const referral = {
  ...{ source: 'ad', source_id: '12', ref: 'spring', click_id: 'CLID', headline: 'Chat with us' },
  ...{ body: null, url: 'https://fb.me/x', media_url: null, product: null },
};
const item = { product_id: 'SKU-9', quantity: 2, price: '0.1', currency: 'EUR' };

describeInBrowser('messages of every kind on the page', () => {
  beforeAll(async () => {
    sandbox = await startSandbox({
      ...{ port: 0, appSecret: 'a', verifyToken: 'v' },
      router: {
        ...{ api_url: 'http://127.0.0.1:9', api_key: 'k' },
        ...{ account_id: 'acc_1', webhook_secret: 's3cret' },
      },
    });
    receiver = await startReceiver('v');
    await request('PUT', `${sandbox.url}/control/instagram/webhook`, { url: receiver.url });
    const query = `subscribed_fields=messages&access_token=${DEMO_ACCOUNT.access_token}`;
    await request('POST', `${sandbox.url}/instagram/me/subscribed_apps?${query}`);
    const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
    browser = await chromium.launch({ executablePath: executablePath ?? '', args });
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(sandbox.url);
    await page.selectOption('#customers', ANA);
  });
  afterAll(async () => {
    await browser?.close();
    await receiver?.close();
    await sandbox?.close();
  });

  it.each<[string, Json, string[]]>([
    ['referral', referral, ['Came by an ad', 'Chat with us', 'ref spring', 'click CLID']],
    [
      'order',
      { catalog_id: '800', items: [item, { ...item, product_id: 'SKU-11', quantity: 1 }] },
      ['2 ×', 'SKU-9', '0.1 EUR', 'SKU-11', 'Together 0.3 EUR', 'catalogue 800'],
    ],
    ['product', { catalog_id: '800', product_id: 'SKU-9', title: 'Cup', url: null }, ['Cup']],
    [
      'payment',
      { amount: '18.50', currency: 'EUR', payload: 'order-4711', status: 'paid' },
      ['Paid: 18.50 EUR', 'for order-4711'],
    ],
    [
      'poll',
      { question: 'Which cup?', options: [{ text: 'red', votes: 3 }], closed: true },
      ['Which cup?', 'red: 3', 'closed'],
    ],
    [
      'location',
      { latitude: 52.5, longitude: 13.4, name: 'Café', address: 'Main St 1', url: null },
      ['Café', 'Main St 1', '52.5, 13.4'],
    ],
    [
      'answer',
      { kind: 'form', title: 'Sent', description: null, payload: '{"guests":"2"}' },
      ['Filled in a form', 'Sent', 'guests', '2'],
    ],
    ['mini_app', { data: '{"sku":"A1"}', button_text: 'Order' }, ['Mini App (Order)', 'sku', 'A1']],
    ['story', { kind: 'mention', id: '7', url: 'https://x.example/s' }, ['Mentioned in a story']],
    [
      'platform_data',
      { content: { music: 'La mer' }, truncated: true },
      ['More from the platform (shortened)', '"music": "La mer"'],
    ],
  ])('has a card of `%s`', async (member, value, words) => {
    await tell('received', { message_id: `m-${member}`, [member]: value });
    const shown = page.locator(`#chat .detail[data-kind=${member}]`).last();
    await shown.waitFor();
    const content = (await shown.textContent()) ?? '';
    for (const each of words) expect(content).toContain(each);
    expect(content).not.toMatch(/null|undefined|false/);
  });

  it('has one for every contact, with what is on it', async () => {
    await tell('received', { message_id: 'm-c', contacts: [card, { ...card, name: 'Bob' }] });
    await page.locator('#chat .detail[data-kind=contact]').nth(1).waitFor();
    const content = await bubble().textContent();
    for (const each of ['Lee Cup', 'Cups Ltd', 'lee@cups.example', 'Bob'])
      expect(content).toContain(each);
  });

  it('says that it was forwarded, is read along only, or why there is nothing', async () => {
    const forwarded = { from: 'Cup News', at: null, frequently: true };
    const unsupported = { code: '131060', reason: 'Open WhatsApp on your phone' };
    await tell('received', { message_id: 'm-f', forwarded, standby: true, unsupported });
    await bubble().locator('.unsupported').waitFor();
    const content = await bubble().textContent();
    expect(content).toContain('Forwarded many times from Cup News');
    expect(content).toContain('Another app holds this thread');
    expect(content).toContain('Open WhatsApp on your phone (131060)');
  });

  it('links to web addresses in a window without a way back, and to nothing else', async () => {
    const links = [
      { text: 'here', offset: 0, url: 'https://shop.example/1' },
      { text: 'there', offset: 5, url: 'javascript:alert(1)' },
    ];
    await tell('received', { message_id: 'm-l', text: 'here there', links });
    const shown = page.locator('#chat .detail[data-kind=links]');
    await shown.waitFor();
    expect(await shown.locator('a').count()).toBe(1);
    expect(await shown.locator('a').getAttribute('href')).toBe('https://shop.example/1');
    expect(await shown.locator('a').getAttribute('rel')).toContain('noopener noreferrer');
    expect(await shown.textContent()).toContain('javascript:alert(1)');
  });

  it('says who changed a message or took it back', async () => {
    const owner = { source: 'platform_app', sender_id: '1784', recipient_id: ANA };
    await tell('edited', { message_id: 'm-l', text: 'changed' });
    await bubble().getByText('edited by the customer').waitFor();
    await tell('sent', { ...owner, message_id: 'app', status: 'sent', text: 'typed' });
    await bubble().getByText('typed in the app').waitFor();
    await tell('edited', { ...owner, message_id: 'app', text: 'better' });
    await bubble().getByText('edited by the owner').waitFor();
    await tell('deleted', { ...owner, message_id: 'app' });
    await bubble().getByText('The owner took this back').waitFor();
    await tell('deleted', { message_id: 'm-l' });
    await page.getByText('The customer took this back').waitFor();
  });

  it('says what a message waits for, and when somebody has to decide', async () => {
    const ours = { source: 'api', recipient_id: ANA, text: 'answer' };
    const delay = { reason: 'behind_another', next_attempt_at: null };
    await tell('delayed', { ...ours, message_id: 'out', status: 'pending', delay });
    await bubble().getByText('the message in front of it is not settled yet').waitFor();
    await tell('unconfirmed', { ...ours, message_id: 'out', status: 'unconfirmed', holds: true });
    await bubble().getByText('until somebody confirms, resends or cancels it').waitFor();
    await tell('unconfirmed', { ...ours, message_id: 'out', status: 'unconfirmed', holds: false });
    await bubble()
      .getByText('until somebody confirms, resends or cancels it')
      .waitFor({ state: 'detached' });
  });

  it('calls the customer by the name that the router tells', async () => {
    await tell('received', {
      ...{ message_id: 'm-n', text: 'hi' },
      ...{ sender_name: 'Ana S.', sender_username: 'ana.souza' },
    });
    await page.locator('#crm-name').getByText('Ana S. (ana.souza)').waitFor();
  });

  it('are offered by the phone’s menu: of the customer, and of the owner in the app', async () => {
    const told = () => JSON.stringify(receiver.items());
    await page.click('#more-kinds');
    await page.locator('#kinds-customer').getByText('story mention', { exact: true }).click();
    await until('the story is told', () => told().includes('story_mention'));
    await page.locator('#thread').getByText('story mention', { exact: true }).waitFor();
    await page.click('#more-kinds');
    await page.locator('#kinds-owner').getByText('picture', { exact: true }).click();
    await until('the echo is told', () => told().includes('"is_echo":true'));
    expect(await page.locator('#kinds').isVisible()).toBe(false);
  });

  it('fit on 390 pixels, the menu too', async () => {
    const small = await browser.newPage({ viewport: { width: 390, height: 844 } });
    const width = () => small.evaluate('document.documentElement.scrollWidth');
    await small.goto(sandbox.url);
    await small.selectOption('#customers', ANA);
    await small.click('#more-kinds');
    expect(await width()).toBeLessThanOrEqual(390);
    await small.click('#kinds-end');
    await small.click('[data-for=crm]');
    await small.locator('#chat .detail').first().waitFor();
    expect(await width()).toBeLessThanOrEqual(390);
    expect(
      await small.evaluate(
        `(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('#chat'))`,
      ),
    ).toBe(0);
    await small.close();
  });

  it('never made the browser stumble', () => {
    expect(complaints).toEqual([]);
  });
});
