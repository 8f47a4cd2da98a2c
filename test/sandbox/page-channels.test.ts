import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, type Page, chromium } from 'playwright-core';
import { chromiumPath } from '../support/chromium.ts';
import { ANA, type Fixture, NUMBER_ID, startFixture } from './whatsapp-fixture.ts';
import { DEMO_WHATSAPP_ACCOUNT } from '../../sandbox/sandbox.ts';
import { request, until } from './http.ts';

const executablePath = chromiumPath();
const describeInBrowser = executablePath ? describe : describe.skip;
if (!executablePath)
  process.stderr.write('The page is not tested: no Chromium (Debian: apt-get install chromium).\n');

const PERSON = '554187650001';
let fixture: Fixture;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

/** A call of the business that the page shows. */
async function graph(path: string, body: object): Promise<{ messages?: { id: string }[] }> {
  const { access_token: token } = DEMO_WHATSAPP_ACCOUNT;
  const url = `${fixture.sandbox.url}/whatsapp/v25.0${path}`;
  return (await request('POST', url, body, { authorization: `Bearer ${token}` })).body;
}
const send = (message: object) =>
  graph(`/${DEMO_WHATSAPP_ACCOUNT.phone_number_id}/messages`, {
    ...{ messaging_product: 'whatsapp', to: `+${PERSON}` },
    ...message,
  });

describeInBrowser('the phones of the page', () => {
  beforeAll(async () => {
    fixture = await startFixture();
    await graph(`/${DEMO_WHATSAPP_ACCOUNT.waba_id}/subscribed_apps`, {});
    const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
    browser = await chromium.launch({ executablePath: executablePath ?? '', args });
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
    await page.goto(fixture.sandbox.url);
  });
  afterAll(async () => {
    await browser?.close();
    await fixture?.close();
  });

  const thread = () => page.locator('#thread .message');
  const say = async (words: string) => {
    await page.fill('#phone-text', words);
    await page.press('#phone-text', 'Enter');
  };
  const choose = async (words: string, action: string) => {
    const message = thread().filter({ hasText: words }).first();
    await message.hover();
    await message.locator('.more').click();
    await page.locator('#sheet').getByText(action, { exact: true }).click();
  };

  it('are one for every platform of the sandbox, with its own people', async () => {
    const tabs = page.locator('#channels button');
    await tabs.first().waitFor();
    const { body } = await request<{ platforms: { title: string }[] }>(
      'GET',
      `${fixture.sandbox.url}/view`,
    );
    const titles = (await tabs.allTextContents()).map((title) => title.replace(/\d+$/, ''));
    expect(titles).toEqual(body.platforms.map(({ title }) => title));
    await page.click('#channels [data-platform=whatsapp]');
    await page
      .locator('#customers')
      .getByText(/^Ana Souza \(\+55/)
      .waitFor({ state: 'attached' });
    expect(await page.textContent('#channel')).toBe('Business chat · WhatsApp');
    await page.selectOption('#customers', PERSON);
  });

  it('show the person’s own ticks: told to the router, then read by the business', async () => {
    await say('olá 😀');
    const mine = thread().filter({ hasText: 'olá 😀' });
    await mine.locator('.ticks[data-status=delivered]').waitFor();
    const id = fixture.values().at(-1)?.messages?.[0]?.['id'];
    await send({ status: 'read', message_id: id, typing_indicator: { type: 'text' } });
    await mine.locator('.ticks[data-status=read]').waitFor();
    await page.locator('#thread').getByText('typing …').waitFor();
  });

  it('let the person look at, answer, react to and press what the business sent', async () => {
    const buttons = [{ type: 'reply', reply: { id: 'y', title: 'Half past seven' } }];
    const body = { text: 'Which time?' };
    const interactive = { type: 'button', body, action: { buttons } };
    const answer = await send({ type: 'interactive', interactive });
    const id = answer.messages?.[0]?.id;
    await until('it is told that it was read', () =>
      fixture
        .values()
        .some(({ statuses = [] }) =>
          statuses.some((each) => each.id === id && each.status === 'read'),
        ),
    );
    await choose('Which time?', '👍');
    await thread().filter({ hasText: 'Which time?' }).locator('.reaction').waitFor();
    await page.click('.replies button');
    const pressed = thread()
      .filter({ has: page.locator('.quote') })
      .last();
    expect(await pressed.locator('.said').textContent()).toBe('Half past seven');
    await choose('Which time?', 'Reply');
    await say('or later?');
    const reply = thread().filter({ hasText: 'or later?' });
    expect(await reply.locator('.quote').textContent()).toBe('Which time?');
  });

  it('let the person change and take back what they wrote', async () => {
    await choose('or later?', 'Change');
    await say('or earlier?');
    await thread().filter({ hasText: 'edited' }).waitFor();
    await choose('or earlier?', 'Take back');
    await thread().getByText('Message taken back').waitFor();
    const kinds = () =>
      fixture.values().flatMap(({ messages = [] }) => messages.map(({ type }) => type));
    await until('both are told', () => kinds().includes('edit') && kinds().includes('revoke'));
  });

  it('show media both ways, and nothing of what failed', async () => {
    const shown = await page.locator('#thread img').count();
    await page.click('#photo');
    await page.locator('#thread img').nth(shown).waitFor();
    const loaded =
      'Array.from(document.querySelectorAll("#thread img"), (i) => i.naturalWidth > 0)';
    await page.waitForFunction(`${loaded}.every(Boolean)`);
    const link = `${fixture.sandbox.url}/instagram/cdn/menu.png`;
    await send({ type: 'image', image: { link, caption: 'our menu' } });
    await thread().filter({ hasText: 'our menu' }).locator('img').waitFor();
    await send({ type: 'image', image: { id: '1', caption: 'never arrives' } });
    await until('it failed', () => JSON.stringify(fixture.values()).includes('131053'));
    expect(await thread().filter({ hasText: 'never arrives' }).count()).toBe(0);
  });

  it('count on their tab what was not looked at, and come back to the same person', async () => {
    await page.click('#channels [data-platform=instagram]');
    await page.waitForSelector('#phone[data-platform=instagram]');
    await send({ type: 'text', text: { body: 'are you there?' } });
    await page.locator('#channels [data-platform=whatsapp] .count').waitFor();
    await page.click('#channels [data-platform=whatsapp]');
    await thread().filter({ hasText: 'are you there?' }).waitFor();
    expect(await page.inputValue('#customers')).toBe(PERSON);
  });

  it('break one at a time: a switch holds for the channel that is shown', async () => {
    await page.click('#switch-server_error');
    await page.waitForSelector('#switch-server_error[aria-checked=true]');
    expect(await send({ type: 'text', text: { body: 'x' } })).toMatchObject({ error: { code: 2 } });
    await page.click('#channels [data-platform=instagram]');
    await page.waitForSelector('#switch-server_error[aria-checked=false]');
    await fixture.control('PUT', '/switches', { server_error: false });
    // Other accounts of the platform were hit too, since the platform is what fails.
    expect((await fixture.send(`+${ANA}`, { type: 'text', text: { body: 'x' } })).status).toBe(200);
    expect(NUMBER_ID).not.toBe(DEMO_WHATSAPP_ACCOUNT.phone_number_id);
  });

  it('fit on 390 pixels', async () => {
    const small = await browser.newPage({ viewport: { width: 390, height: 844 } });
    await small.goto(fixture.sandbox.url);
    await small.click('#channels [data-platform=whatsapp]');
    await small.locator('#thread .message').first().waitFor();
    for (const tab of ['phone', 'crm', 'between']) {
      await small.click(`[data-for=${tab}]`);
      expect(await small.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    }
    await small.close();
  });

  it('never made the browser complain', () => {
    expect(complaints).toEqual([]);
  });
});
