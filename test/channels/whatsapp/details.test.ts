import { describe, expect, it } from '@jest/globals';
import type { MessageContent } from '../../../src/domain/message.ts';
import { receive } from '../../../src/channels/whatsapp/receive.ts';
import { ana, bodyOf, change, ECHOES, message, MESSAGES, only, requestOf } from './payloads.ts';

const read = (item: unknown, field = 'messages') =>
  receive(requestOf(bodyOf(change({ contacts: [ana], messages: [item] }, field))));
const contentOf = (item: unknown): MessageContent => only(read(item), 'message').content;
const left = (content: object) => ({ content, truncated: false });
const text = { body: 'hi' };

describe('what a message of WhatsApp carries beside its text', () => {
  it('tells the ad that brought the customer, with the click to count', () => {
    expect(contentOf(MESSAGES['adWhole'])).toEqual({
      type: 'text',
      text: 'Hello! I would like more information',
      attachments: [],
      details: {
        referral: {
          source: 'ad',
          source_id: '120200000000009',
          ref: null,
          click_id: 'CLID-1',
          headline: 'Chat with us',
          body: 'Spring sale',
          url: 'https://fb.example/x1',
          media_url: 'https://cdn.example/ad.mp4',
          product: null,
        },
        platform_data: left({
          referral: {
            media_type: 'video',
            thumbnail_url: 'https://cdn.example/ad.jpg',
            welcome_message: { text: 'Hi!' },
          },
        }),
      },
    });
  });

  it('tells the ad of somebody who has not written yet', () => {
    expect(contentOf(MESSAGES['opened'])).toMatchObject({
      type: 'referral',
      text: null,
      details: { referral: { source: 'post', source_id: '7', click_id: 'CLID-2' } },
    });
    const bare = message({ id: 'w', type: 'referral', referral: { source_id: '8' } });
    expect(contentOf(bare)).toMatchObject({
      type: 'referral',
      details: { referral: { source: null, source_id: '8' } },
    });
  });

  it('tells the product that is asked about, or passed on', () => {
    const product = { catalog_id: '800', product_id: 'SKU-9', title: null, url: null };
    expect(contentOf(MESSAGES['aboutProduct'])).toMatchObject({
      type: 'text',
      details: { product },
    });
    expect(contentOf(MESSAGES['product'])).toEqual({
      type: 'share',
      text: null,
      attachments: [],
      details: { product },
    });
  });

  it('tells each item of an order, whatever its numbers are written as', () => {
    const items = [
      { product_retailer_id: 'SKU-9', quantity: 2, item_price: 12, currency: 'EUR' },
      { product_retailer_id: 11, quantity: '1', item_price: '4.50', currency: 'EUR' },
      { product_retailer_id: 'SKU-12', quantity: 'some', note: 'red' },
      'odd',
    ];
    const order = message({
      id: 'w',
      type: 'order',
      order: { catalog_id: 800, product_items: items },
    });
    expect(contentOf(order).details).toEqual({
      order: {
        catalog_id: '800',
        items: [
          { product_id: 'SKU-9', quantity: 2, price: '12', currency: 'EUR' },
          { product_id: '11', quantity: 1, price: '4.50', currency: 'EUR' },
          { product_id: 'SKU-12', quantity: null, price: null, currency: null },
        ],
      },
      platform_data: left({
        order: { product_items: [{ quantity: 'some', note: 'red' }, 'odd'] },
      }),
    });
  });

  it('tells contact cards whole', () => {
    expect(contentOf(MESSAGES['card'])).toEqual({
      type: 'contact',
      text: null,
      attachments: [{ type: 'contact', title: 'Lee Park' }],
      details: {
        contacts: [
          {
            name: 'Lee Park',
            first_name: 'Lee',
            last_name: 'Park',
            company: 'Cups Ltd',
            department: 'Buying',
            job_title: 'Buyer',
            birthday: '1990-01-31',
            phones: [],
            emails: [{ email: 'lee@example.org', type: 'WORK' }],
            urls: [{ url: 'https://cups.example', type: 'WORK' }],
            addresses: [
              {
                street: '1 Cup St',
                city: 'Menlo Park',
                state: 'CA',
                zip: '94025',
                country: 'United States',
                type: 'HOME',
              },
            ],
            platform_id: null,
            vcard: null,
          },
        ],
        platform_data: left({
          contacts: [{ name: { prefix: 'Dr' }, addresses: [{ country_code: 'us' }] }],
        }),
      },
    });
  });

  it('tells the description of the row that was chosen', () => {
    expect(contentOf(MESSAGES['listRow'])).toMatchObject({
      text: 'Large',
      payload: 'row-2',
      details: {
        answer: {
          kind: 'list',
          title: 'Large',
          description: '0.5 l, oat milk',
          payload: 'row-2',
        },
      },
    });
  });

  it('tells whether and until when the customer may be called', () => {
    const { type, text: words, payload, details } = contentOf(MESSAGES['callPermission']);
    expect([type, words]).toEqual(['postback', 'accept']);
    expect(JSON.parse(payload ?? '')).toEqual({
      response: 'accept',
      is_permanent: false,
      expiration_timestamp: '1795999999',
      response_source: 'user_action',
    });
    expect(details).toEqual({
      answer: { kind: 'call_permission', title: 'accept', description: null, payload },
    });
  });

  it('keeps a recorded voice under its older name', () => {
    const voice = { id: '7', mime_type: 'audio/ogg' };
    expect(contentOf(message({ id: 'w', type: 'voice', voice }))).toEqual({
      type: 'audio',
      text: null,
      attachments: [{ type: 'audio', media_id: '7', mime_type: 'audio/ogg' }],
    });
  });

  it('keeps an interactive kind that is not known yet', () => {
    const interactive = { type: 'rating_reply', rating_reply: { stars: 4, note: 'ok ✓' } };
    expect(contentOf(message({ id: 'w', type: 'interactive', interactive }))).toEqual({
      type: 'unsupported',
      text: null,
      attachments: [{ type: 'other', title: 'rating_reply' }],
      details: {
        unsupported: { code: 'rating_reply', reason: null },
        platform_data: left({ interactive: { rating_reply: { stars: 4, note: 'ok ✓' } } }),
      },
    });
  });

  it('tells that it was passed on, also where the flag is a text', () => {
    expect(contentOf(MESSAGES['passedOnOften']).details).toEqual({
      forwarded: { from: null, at: null, frequently: true },
    });
    const context = { forwarded: 'false', frequently_forwarded: false };
    expect(contentOf(message({ id: 'w', type: 'text', text, context }))).toEqual({
      type: 'text',
      text: 'hi',
      attachments: [],
    });
  });

  it('says why there is no content', () => {
    const coexistence = {
      code: 131060,
      title: 'This message is unavailable',
      message: 'This message is unavailable',
      error_data: { details: 'Open WhatsApp on your phone to see it' },
      href: 'https://example.org/131060',
    };
    expect(contentOf(message({ id: 'w', type: 'unsupported', errors: [coexistence] }))).toEqual({
      type: 'unsupported',
      text: null,
      attachments: [],
      details: {
        unsupported: {
          code: '131060',
          reason: 'This message is unavailable: Open WhatsApp on your phone to see it',
        },
        platform_data: left({ errors: [{ href: 'https://example.org/131060' }] }),
      },
    });
    expect(contentOf(MESSAGES['unknown']).details).toEqual({
      unsupported: { code: '131051', reason: 'Unsupported message type: Not supported' },
    });
  });

  it('does not blame one of several messages for an error beside them', () => {
    const messages = [message({ id: 'w1', type: 'interactive' }), MESSAGES['text']];
    const errors = [{ code: 131000, title: 'Something went wrong' }];
    const [first] = receive(requestOf(bodyOf(change({ messages, errors }))));
    expect(first).toMatchObject({ kind: 'message', content: { type: 'unsupported' } });
    expect(first).not.toMatchObject({ content: { details: { unsupported: { code: '131000' } } } });
  });

  it('keeps a message whose body is damaged, with what came', () => {
    expect(contentOf(message({ id: 'w', type: 'text', text: { body: { a: 1 } } }))).toEqual({
      type: 'unsupported',
      text: null,
      attachments: [{ type: 'other', title: 'text' }],
      details: {
        unsupported: { code: 'text', reason: null },
        platform_data: left({ text: { body: { a: 1 } } }),
      },
    });
  });

  it('is the same for what is typed in the Business app, and in edits', () => {
    const item = {
      ...ECHOES['echo'],
      type: 'location',
      location: MESSAGES['location']?.['location'],
    };
    const value = { contacts: [ana], message_echoes: [item] };
    const echo = only(receive(requestOf(bodyOf(change(value, 'smb_message_echoes')))), 'echo');
    expect(echo.content.details).toMatchObject({ location: { name: 'HQ' } });
    const edit = {
      original_message_id: 'wamid.text',
      message: { type: 'image', image: { id: '7', sha256: 'x' }, context: { forwarded: true } },
    };
    expect(only(read(message({ id: 'w', type: 'edit', edit })), 'edited').content.details).toEqual({
      forwarded: { from: null, at: null, frequently: false },
      platform_data: left({ image: { sha256: 'x' } }),
    });
  });

  it('is marked where Meta’s own agent, or another app, holds the thread', () => {
    const event = only(read(MESSAGES['text'], 'standby'), 'message');
    expect(event.content).toEqual({
      type: 'text',
      text: 'Olá 👋🏽',
      attachments: [],
      details: { standby: true },
    });
    expect(event.key).toBe('message:wamid.text');
  });
});

describe('a change of number', () => {
  const changed = (system: object, more: object = { from: '4916000000001' }) =>
    only(
      read({ id: 'w', timestamp: '1749416383', type: 'system', system, ...more }),
      'identity_changed',
    );
  const [old, now] = ['4916000000001', '4917000000001'];

  it.each([
    ['user_changed_number', { wa_id: now }],
    ['customer_changed_number', { wa_id: now }],
    ['customer_changed_number', { wa_id: now, customer: old }],
    ['customer_changed_number', { new_wa_id: now, customer: old }],
    ['customer_changed_number', { new_wa_id: now }],
  ])('%s with %j', (type, ids) => {
    expect(changed({ type, ...ids })).toMatchObject({
      customer: { externalId: old },
      now: { externalId: now },
    });
  });

  it('is understood without a sender, and where the new number is the sender', () => {
    const system = { type: 'customer_changed_number', wa_id: now, customer: old };
    for (const more of [{}, { from: now }])
      expect(changed(system, more)).toMatchObject({
        customer: { externalId: old },
        now: { externalId: now },
      });
  });
});
