import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, type Page, chromium } from 'playwright-core';
import { DEMO_ACCOUNT, type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { chromiumPath } from '../support/chromium.ts';
import { type FakeRouter, startFakeRouter } from './fake-router.ts';
import { request } from './http.ts';

const executablePath = chromiumPath();
const flags =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
const describeInBrowser = executablePath ? describe : describe.skip;
if (!executablePath)
  process.stderr.write('The page is not tested: no Chromium (Debian: apt-get install chromium).\n');

let sandbox: Sandbox;
let router: FakeRouter | undefined;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

async function connect(): Promise<void> {
  const token = DEMO_ACCOUNT.access_token;
  const wiring = { sandboxUrl: sandbox.url, token, secret: 's3cret', accountId: 'acc_1' };
  router = await startFakeRouter(wiring);
  const control = `${sandbox.url}/control`;
  await request('PUT', `${control}/instagram/webhook`, { url: `${router.url}/webhooks/instagram` });
  await request(
    'POST',
    `${sandbox.url}/instagram/me/subscribed_apps?subscribed_fields=messages&access_token=${token}`,
  );
  await request('PUT', `${control}/router`, {
    api_url: router.url,
    api_key: 'the-secret-key',
    account_id: 'acc_1',
    webhook_secret: 's3cret',
    temporal_ui: 'http://127.0.0.1:8233',
  });
}

describeInBrowser('the page of the sandbox', () => {
  beforeAll(async () => {
    sandbox = await startSandbox({ port: 0, appSecret: 'a', verifyToken: 'v' });
    browser = await chromium.launch({ executablePath: executablePath!, args: flags.split(' ') });
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
    await page.goto(sandbox.url);
  });
  afterAll(async () => {
    await browser?.close();
    await router?.close();
    await sandbox?.close();
  });

  const chat = () => page.locator('#chat .message');
  const thread = () => page.locator('#thread .message');
  const say = async (field: string, words: string) => {
    await page.fill(field, words);
    await page.press(field, 'Enter');
  };
  const flip = async (name: string, on: boolean) => {
    await page.click(`#switch-${name}`);
    await page.waitForSelector(`#switch-${name}[aria-checked=${on}]`);
  };

  it('says what is missing while nothing is connected, and what that means for an answer', async () => {
    await page.waitForSelector('#missing li');
    expect(await page.locator('#missing li').count()).toBe(3);
    await say('#crm-text', 'anybody?');
    await page.waitForSelector('#toast:not([hidden])');
    expect(await page.textContent('#toast')).toContain('PUT /control/router');
  });

  it('shows without a reload that it was connected, with links to the tools', async () => {
    await connect();
    await page.waitForSelector('#connection[data-tone=good]');
    expect(await page.locator('#missing').isVisible()).toBe(false);
    expect(await page.getAttribute('#swagger', 'href')).toBe(`${router?.url}/docs`);
    expect(await page.getAttribute('#temporal', 'href')).toBe('http://127.0.0.1:8233');
  });

  it('brings what the customer writes to the CRM’s window, as text whatever it is', async () => {
    const words = '<img src=x onerror=alert(1)> مرحبا 😀';
    await say('#phone-text', words);
    await chat().first().waitFor({ timeout: 2000 });
    expect(await chat().first().locator('.bubble').textContent()).toBe(words);
    expect(await page.locator('#chat img').count()).toBe(0);
  });

  it('brings the answer to the phone and follows it from pending over sent to read', async () => {
    await say('#crm-text', 'How can I help?');
    await thread().filter({ hasText: 'How can I help?' }).waitFor();
    await chat().locator('[data-status=sent]').waitFor();
    await chat().locator('[data-status=read]').waitFor();
    expect(await page.locator('.steps .done').count()).toBe(3);
    expect(await page.textContent('#journey')).toContain('The customer has read it.');
  });

  it('says why a message failed', async () => {
    await flip('window_closed', true);
    await say('#crm-text', 'too late');
    const failed = chat().filter({ hasText: 'too late' });
    await failed.locator('[data-status=failed]').waitFor();
    expect(await failed.locator('.trouble').textContent()).toContain('outside of allowed window');
    await page.locator('#feed .bad').filter({ hasText: '24 hours' }).first().waitFor();
    await flip('window_closed', false);
  });

  it('keeps a message pending while Instagram is too busy, and sends it afterwards', async () => {
    await flip('rate_limit', true);
    await say('#crm-text', 'patience');
    const message = chat().filter({ hasText: 'patience' });
    await message.locator('[data-status=pending]').waitFor();
    await page.locator('#journey[data-tone=warning]').waitFor();
    await flip('rate_limit', false);
    await message.locator('[data-status=read]').waitFor();
  });

  it('says that the router will retry while the CRM is down', async () => {
    await flip('crm_down', true);
    await say('#phone-text', 'hello?');
    await page.locator('#feed .warning').filter({ hasText: 'will retry' }).first().waitFor();
    expect(await page.textContent('#journey')).toContain('The CRM is down');
    await flip('crm_down', false);
    await chat().filter({ hasText: 'hello?' }).waitFor();
  });

  it('makes a new customer, shows photos, and keeps the key to itself', async () => {
    await page.click('#new-customer');
    await page.fill('#new-name', 'Žofia Nová');
    await page.press('#new-name', 'Enter');
    await page.locator('#crm-name').filter({ hasText: 'žofia.nová' }).waitFor();
    expect(await thread().count()).toBe(0);
    await page.click('#photo');
    await chat().locator('img').waitFor();
    expect(await page.content()).not.toContain('the-secret-key');
  });

  it('works at 390 pixels: tabs, nothing cut off, read only once the phone is looked at', async () => {
    const small = await browser.newPage({ viewport: { width: 390, height: 844 } });
    await page.close();
    await small.goto(sandbox.url);
    await small.click('[data-for=crm]');
    await small.fill('#crm-text', 'on a small screen');
    await small.click('#crm-form .send');
    const sent = small.locator('#chat .message').filter({ hasText: 'on a small screen' });
    await sent.locator('[data-status=sent]').waitFor();
    await small.waitForSelector('[data-for=phone].news');
    for (const tab of ['between', 'phone', 'crm']) {
      await small.click(`[data-for=${tab}]`);
      const width = await small.evaluate('document.documentElement.scrollWidth');
      expect(width).toBeLessThanOrEqual(390);
      if (tab === 'phone') await small.waitForFunction(`!document.querySelector('.news')`);
      if (tab === 'phone') await small.waitForResponse(/\/seen$/);
    }
    await sent.locator('[data-status=read]').waitFor();
    await small.close();
  });

  it('never made the browser complain', () => {
    // The refused answer of the first test is a 409, which browsers write to the console.
    expect(complaints.filter((line) => !line.includes('409'))).toEqual([]);
  });
});
