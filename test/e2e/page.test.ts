import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, type Page, chromium } from 'playwright-core';
import { chromiumPath } from '../support/chromium.ts';
import { type RouterUnderTest, startRouter } from '../support/router.ts';

const executablePath = chromiumPath();
const describeInBrowser = executablePath ? describe : describe.skip;
if (!executablePath)
  process.stderr.write('The page is not tested: no Chromium (Debian: apt-get install chromium).\n');

let router: RouterUnderTest;
let browser: Browser | undefined;
let page: Page;

describeInBrowser('the sandbox’s page with the real router behind it', () => {
  beforeAll(async () => {
    router = await startRouter({ processes: 'together' });
    const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
    browser = await chromium.launch({ executablePath: executablePath ?? '', args });
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(router.sandbox.url);
    await page.waitForSelector('#connection[data-tone=good]');
    // The first run of everything is slower than what a person sees from then on.
    await say('#phone-text', 'warm-up');
    await chat().filter({ hasText: 'warm-up' }).waitFor();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await router?.close();
  });

  const chat = () => page.locator('#chat .message');
  const thread = () => page.locator('#thread .message');
  const say = async (field: string, words: string) => {
    await page.fill(field, words);
    await page.press(field, 'Enter');
  };

  it('shows what the customer writes in the CRM’s window within two seconds', async () => {
    await say('#phone-text', 'hello');
    await chat().filter({ hasText: 'hello' }).waitFor({ timeout: 2_000 });
  });

  it('shows the answer on the phone, and its way from pending over sent to read', async () => {
    await say('#crm-text', 'How can I help?');
    await thread().filter({ hasText: 'How can I help?' }).waitFor();
    const answer = chat().filter({ hasText: 'How can I help?' });
    await answer.locator('[data-status=read]').waitFor();
    expect(await page.textContent('#journey')).toContain('The customer has read it.');
    type Chats = { data: { messages: { text: string; history: { status: string }[] }[] }[] };
    const { data } = await router.control<Chats>('GET', '/crm/chats');
    const stored = data
      .flatMap(({ messages }) => messages)
      .find(({ text }) => text === 'How can I help?');
    const statuses = stored?.history.map(({ status }) => status) ?? [];
    expect(statuses.filter((status) => status !== 'sending')).toEqual(['pending', 'sent', 'read']);
  });
});
