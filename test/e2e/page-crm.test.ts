import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, type Page, chromium } from 'playwright-core';
import { DEMO_BOT, DEMO_WHATSAPP_ACCOUNT } from '../../sandbox/sandbox.ts';
import { chromiumPath } from '../support/chromium.ts';
import { type CrmDatabase, createCrmDatabase } from '../support/mysql.ts';
import { type RouterUnderTest, startRouter } from '../support/router.ts';

const executablePath = chromiumPath();
const describeInBrowser = executablePath ? describe : describe.skip;
if (!executablePath)
  process.stderr.write('The page is not tested: no Chromium (Debian: apt-get install chromium).\n');

let database: CrmDatabase;
let router: RouterUnderTest;
let browser: Browser | undefined;
let page: Page;
const complaints: string[] = [];

/** Every channel, and the CRM's own table, as `npm start -- --with-crm-mysql` has them. */
async function connectEverything(): Promise<void> {
  const webhook_secret = router.env['CRM_WEBHOOK_SECRET'];
  await router.control('PUT', '/whatsapp/webhook', { url: `${router.api}/webhooks/whatsapp` });
  const accounts: Record<string, object> = {
    instagram: { account_id: router.account.id, webhook_secret },
  };
  for (const [channel, credentials] of [
    ['whatsapp', DEMO_WHATSAPP_ACCOUNT],
    ['telegram', { bot_token: DEMO_BOT.bot_token }],
  ] as const) {
    const { body } = await router.call('POST', '/api/v1/accounts', { channel, ...credentials });
    accounts[channel] = { account_id: body['account_id'], webhook_secret };
  }
  const { host, port, user, password, database: name, table } = database.settings;
  await router.control('PUT', '/router', {
    ...{ api_url: router.api, api_key: router.adminKey, accounts },
    crm_mysql: { host, port, user, password, database: name, table },
  });
}

describeInBrowser('the CRM’s window of the page, with the real router behind it', () => {
  beforeAll(async () => {
    database = await createCrmDatabase();
    router = await startRouter({ processes: 'together', env: database.env });
    await connectEverything();
    const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
    browser = await chromium.launch({ executablePath: executablePath ?? '', args });
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
    await page.goto(router.sandbox.url);
    await page.waitForSelector('#connection[data-tone=good]');
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await router?.close();
    await database?.drop();
  });

  const chat = (words: string) => page.locator('#chat .message').filter({ hasText: words });
  const thread = (words: string) => page.locator('#thread .message').filter({ hasText: words });
  const say = async (field: string, words: string) => {
    await page.fill(field, words);
    await page.press(field, 'Enter');
  };
  const open = async (channel: string) => {
    await page.click(`#channels [data-platform=${channel}]`);
    await page.waitForSelector(`#phone[data-platform=${channel}]`);
  };
  const choose = async (words: string, action: string) => {
    await chat(words).first().hover();
    await chat(words).first().locator('.more').click();
    await page.locator('#desk-sheet').getByText(action, { exact: true }).click();
  };
  const greet = async (words: string) => {
    await say('#phone-text', words);
    await chat(words).first().waitFor();
  };

  it('needs a template for whom the router may not write to otherwise', async () => {
    await open('whatsapp');
    await page.waitForSelector('#template.wanted');
    expect(await page.textContent('#crm-window')).toBe('Takes templates only');
    expect(await page.textContent('#crm-outlook')).toContain('The customer has not written yet.');
    await page.click('#template');
    await page.selectOption('#template-name', { label: 'order_update (en_US)' });
    await page.fill('#value-body-1', 'Ana');
    await page.fill('#value-body-2', '4711');
    const filled = 'Hi Ana, your order 4711 is on its way.';
    expect(await page.textContent('#template-words')).toBe(filled);
    await page.click('#template-send');
    await thread(filled).waitFor();
    await chat(filled).locator('[data-status=read]').waitFor();
    await greet('thanks!');
    await page.waitForSelector('#template:not(.wanted)');
    expect(await page.textContent('#crm-window')).toContain('May be answered until');
  });

  it('lists only approved templates, and has no such button where the channel has none', async () => {
    await page.click('#template');
    await page.locator('#template-name option').nth(2).waitFor({ state: 'attached' });
    expect(await page.textContent('#template-name')).not.toContain('old_offer');
    await page.click('#template-cancel');
    await open('telegram');
    await page.waitForFunction(`document.querySelector('#template').hidden`);
  });

  it.each([
    ['whatsapp', 'order', 'order', /Together 28\.5 EUR/],
    ['whatsapp', 'contact card', 'contact', /bob@cups\.example · work/],
    ['whatsapp', 'list row', 'answer', /^Chose\s*Table by the window\s*slot-9$/],
    ['instagram', 'ad referral', 'referral', /^Came by an ad/],
  ])('shows what a customer of %s sends as %s', async (channel, kind, card, words) => {
    await open(channel);
    await page.click('#more-kinds');
    await page.locator('#kinds').getByText(kind, { exact: true }).click();
    const shown = page.locator(`#chat .detail[data-kind=${card}]`).last();
    await shown.waitFor();
    expect(await shown.textContent()).toMatch(words);
  });

  it('shows who took back what somebody typed in the platform’s own app', async () => {
    await open('whatsapp');
    for (const act of ['text', 'take back']) {
      await page.click('#more-kinds');
      await page.locator('#kinds-owner').getByText(act, { exact: true }).click();
      if (act === 'text') await chat('typed in the app').waitFor();
    }
    await page.locator('#chat').getByText('The owner took this back').last().waitFor();
  });

  it.each(['instagram', 'whatsapp', 'telegram'])(
    'answers with a quote and reacts on %s',
    async (channel) => {
      await open(channel);
      await greet('Do you have a menu?');
      await choose('Do you have a menu?', 'Reply');
      await say('#crm-text', 'Yes, this one:');
      const quote = thread('Yes, this one:').locator('.quote');
      await quote.waitFor();
      expect(await quote.textContent()).toBe('Do you have a menu?');
      await choose('Do you have a menu?', '👍');
      await chat('Do you have a menu?').locator('.reaction').first().waitFor();
      await thread('Do you have a menu?').locator('.reaction').first().waitFor();
    },
  );

  it.each(['instagram', 'whatsapp', 'telegram'])(
    'shows the customer’s photo and sends the sandbox’s files on %s',
    async (channel) => {
      await open(channel);
      await page.click('#photo');
      await page.locator('#chat .theirs img').first().waitFor();
      for (const [name, shown] of [
        ['menu.png', 'img'],
        ['price-list.pdf', '.file'],
      ] as const) {
        const before = await page.locator(`#thread .theirs ${shown}`).count();
        await page.click('#attach');
        await page.locator('#samples').getByText(name).click();
        await page.locator('#file-words[data-tone=good]').waitFor();
        await page.click('#file-form .send');
        await page.locator(`#thread .theirs ${shown}`).nth(before).waitFor();
      }
      await page.waitForFunction(
        `[...document.querySelectorAll('#chat img')].every((image) => image.naturalWidth > 0)`,
      );
    },
  );

  it('changes what it sent where the channel has that, and offers it nowhere else', async () => {
    await open('telegram');
    await say('#crm-text', 'We open at nine.');
    await thread('We open at nine.').waitFor();
    await chat('We open at nine.').locator('[data-status=sent]').waitFor();
    await choose('We open at nine.', 'Change');
    await say('#crm-text', 'We open at ten.');
    await thread('We open at ten.').waitFor();
    await chat('We open at ten.').filter({ hasText: 'edited' }).waitFor();
    await open('instagram');
    await chat('Yes, this one:').hover();
    await chat('Yes, this one:').locator('.more').click();
    expect(await page.textContent('#desk-sheet-actions')).toBe('ReplyClose');
    await page.keyboard.press('Escape');
  });

  it('says beforehand what the channel refuses, and what it converts', async () => {
    await page.click('#attach');
    await page.locator('#samples').getByText('menu.png').click();
    await page.fill('#file-caption', 'Our menu');
    await page
      .locator('#file-words')
      .getByText('The caption is sent as a text of its own.')
      .waitFor();
    await page.selectOption('#file-type', 'audio');
    await page.locator('#file-words[data-tone=bad]').waitFor();
    await page.click('#file-form .send');
    const refused = page.locator('#chat .message').filter({ hasText: 'Our menu' });
    await refused.locator('[data-status=rejected]').waitFor();
    expect(await refused.locator('.trouble').textContent()).toMatch(/^[A-Z].*\(content_refused\)$/);
  });

  it('shows the CRM’s own table, and a row more as soon as the router has written it', async () => {
    await page.click('#view-table');
    await page.locator('#table-rows').getByText('Yes, this one:').first().waitFor();
    await say('#phone-text', 'for the table 😀');
    await page.locator('#table-rows tr').first().getByText('for the table 😀').waitFor();
    await page.click('#view-chat');
    await chat('for the table 😀').waitFor();
  });

  it.each(['light', 'dark'] as const)('fits on 390 pixels, %s', async (colorScheme) => {
    const small = await browser!.newPage({ viewport: { width: 390, height: 844 }, colorScheme });
    await small.goto(router.sandbox.url);
    await small.click('#channels [data-platform=whatsapp]');
    await small.click('[data-for=crm]');
    const fits = async () =>
      expect(await small.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await small.locator('#chat .message').first().waitFor();
    for (const [button, end] of [
      ['#attach', '#file-cancel'],
      ['#template', '#template-cancel'],
    ] as const) {
      await small.click(button);
      await fits();
      await small.click(end);
    }
    await small.click('#view-table');
    await small.locator('#table-rows tr').first().waitFor();
    await fits();
    await small.close();
  });

  it('never made the browser complain', () => {
    expect(complaints).toEqual([]);
  });
});
