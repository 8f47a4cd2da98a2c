import { describe, expect, it } from '@jest/globals';
import type { MessageContent } from '../../../src/domain/message.ts';
import { receive } from '../../../src/channels/instagram/receive.ts';
import {
  ACCOUNT,
  AT,
  bodyOf,
  CUSTOMER,
  DOCUMENTED,
  item,
  only,
  ownItem,
  requestOf,
} from './payloads.ts';

const read = (given: unknown) => receive(requestOf(bodyOf(given)));
const contentOf = (given: unknown): MessageContent => only(read(given), 'message').content;
const said = (message: object) => contentOf(item({ message: { mid: 'm1', ...message } }));
const left = (content: object) => ({ content, truncated: false });

const NO_REFERRAL = {
  source: null,
  source_id: null,
  ref: null,
  click_id: null,
  headline: null,
  body: null,
  url: null,
  media_url: null,
  product: null,
};
const product = (id: string) => ({ catalog_id: null, product_id: id, title: null, url: null });

describe('where a customer of Instagram came from', () => {
  it('is told with the message that followed an ad', () => {
    expect(contentOf(DOCUMENTED['adMessage'])).toEqual({
      type: 'text',
      text: 'Is this still there?',
      attachments: [],
      details: {
        referral: {
          ...NO_REFERRAL,
          source: 'ad',
          source_id: '120200000000002',
          ref: 'spring',
          headline: 'Spring sale',
          media_url: 'https://cdn.example/ad.jpg',
          product: product('4455'),
        },
        platform_data: left({
          referral: { source: 'ADS', type: 'OPEN_THREAD', ads_context_data: { post_id: '77' } },
        }),
      },
    });
  });

  it('is told with the button of an ad', () => {
    expect(contentOf(DOCUMENTED['adPostback'])).toMatchObject({
      type: 'postback',
      text: 'Can I get the price?',
      payload: 'ASK_PRICE',
      details: {
        referral: { ...NO_REFERRAL, source: 'ad', source_id: '120200000000001', ref: 'spring' },
        answer: { kind: 'button', title: 'Can I get the price?', payload: 'ASK_PRICE' },
      },
    });
  });

  it('is told where they have not written yet', () => {
    const event = only(read(DOCUMENTED['referral']), 'message');
    expect(event).toMatchObject({
      accountExternalId: ACCOUNT,
      at: AT,
      customer: { externalId: CUSTOMER },
      content: {
        type: 'referral',
        text: null,
        attachments: [],
        details: { referral: { ...NO_REFERRAL, source: 'link', ref: 'r' } },
      },
    });
    expect(event.key).toBe(`referral:${event.platformMessageId}`);
  });

  it('may stand beside the message, and may have been damaged', () => {
    const beside = item({ message: { mid: 'm1', text: 'hi' }, referral: { ref: 'qr-7' } });
    expect(contentOf(beside).details).toEqual({ referral: { ...NO_REFERRAL, ref: 'qr-7' } });
    expect(said({ text: 'hi', referral: 'odd' }).details).toEqual({
      platform_data: left({ referral: 'odd' }),
    });
    only(read(item({ referral: 7 })), 'unreadable');
  });

  it('may be a product or a post, and a word that is new', () => {
    expect(said({ text: 'hi', referral: { product: { id: 4455 } } }).details?.referral).toEqual({
      ...NO_REFERRAL,
      source: 'product',
      source_id: '4455',
      product: product('4455'),
    });
    const post = { source: 'POST', ads_context_data: { post_id: '7' } };
    expect(said({ text: 'hi', referral: post }).details?.referral).toMatchObject({
      source: 'post',
      source_id: '7',
    });
    expect(said({ text: 'hi', referral: { source: 'NFC_TAG' } }).details?.referral?.source).toBe(
      'nfc_tag',
    );
  });
});

describe('what a message of Instagram shares', () => {
  it('is one attachment where Instagram sends it twice, with its title', () => {
    const { type, attachments, details } = contentOf(DOCUMENTED['sharedPost']);
    expect(type).toBe('share');
    expect(attachments).toEqual([
      { type: 'share', url: 'https://cdn.example/p3', title: 'Our new cup' },
    ]);
    expect(details).toEqual({
      platform_data: left({
        attachments: [{ type: 'ig_post', payload: { ig_post_media_id: '18000000000000001' } }],
      }),
    });
  });

  it('stays two where the addresses differ, or it is a picture sent twice', () => {
    const url = 'https://cdn.example/1';
    const twice = (type: string, other: string) =>
      said({
        attachments: [
          { type, payload: { url } },
          { type, payload: { url: other } },
        ],
      }).attachments.length;
    expect([twice('share', 'https://cdn.example/2'), twice('image', url)]).toEqual([2, 2]);
  });

  it('is told apart from a mention in a story, a shared story and the story that is answered', () => {
    const url = 'https://cdn.example/a?sig=1';
    expect(contentOf(DOCUMENTED['storyMention'])).toEqual({
      type: 'share',
      text: null,
      attachments: [{ type: 'share', url, title: 'story mention' }],
      details: { story: { kind: 'mention', id: null, url } },
    });
    expect(contentOf(DOCUMENTED['sharedStory'])).toEqual({
      type: 'share',
      text: null,
      attachments: [{ type: 'share', url: 'https://cdn.example/st', title: 'story' }],
      details: { story: { kind: 'share', id: '18', url: 'https://cdn.example/st' } },
    });
    expect(contentOf(DOCUMENTED['storyReply']).details).toEqual({
      story: { kind: 'reply', id: '17', url },
    });
    expect(said({ attachments: [{ type: 'share', payload: { url } }] })).toEqual({
      type: 'share',
      text: null,
      attachments: [{ type: 'share', url }],
    });
  });

  it.each(['video_url', 'imageUrl', 'permalink', 'link'])('has its address as %s too', (name) => {
    const payload = { reel_video_id: '5', [name]: 'https://cdn.example/r' };
    const { attachments, details } = said({ attachments: [{ type: 'ig_reel', payload }] });
    expect(attachments).toEqual([{ type: 'share', url: 'https://cdn.example/r' }]);
    expect(details?.platform_data?.content).toMatchObject({
      attachments: [{ type: 'ig_reel', payload: { reel_video_id: '5' } }],
    });
  });

  it('may be products', () => {
    expect(contentOf(DOCUMENTED['sharedProduct'])).toEqual({
      type: 'share',
      text: null,
      attachments: [
        { type: 'share', url: 'https://cdn.example/9.jpg', title: 'Cup' },
        { type: 'share', url: 'https://cdn.example/11.jpg', title: 'Saucer' },
      ],
      details: {
        product: { catalog_id: null, product_id: 'SKU-9', title: 'Cup', url: null },
        platform_data: left({
          attachments: [
            {
              type: 'template',
              payload: {
                product: { elements: [{ id: '9001', subtitle: '12 EUR' }, { id: '9002' }] },
              },
            },
          ],
        }),
      },
    });
  });
});

describe('what else a message of Instagram carries', () => {
  it('is the quick reply that was chosen', () => {
    expect(contentOf(DOCUMENTED['quickReply']).details).toEqual({
      answer: { kind: 'quick_reply', title: 'Red', description: null, payload: 'RED' },
    });
  });

  it('is the kind of what cannot be shown', () => {
    for (const kind of ['ephemeral', 'like_heart', 'unsupported_type'])
      expect(said({ attachments: [{ type: kind }] })).toEqual({
        type: 'unsupported',
        text: null,
        attachments: [{ type: 'other', title: kind }],
        details: { unsupported: { code: kind, reason: null } },
      });
    expect(said({ is_unsupported: true })).toEqual({
      type: 'unsupported',
      text: null,
      attachments: [],
    });
  });

  it('is passed on as it came where there is no member for it', () => {
    const hologram = { depth: 3, parts: [{ id: 'a' }] };
    expect(said({ text: 'see', hologram }).details).toEqual({ platform_data: left({ hologram }) });
    const echo = ownItem({ message: { mid: 'm1', text: 'x', is_echo: true, app_id: 42 } });
    expect(only(read(echo), 'echo').content.details).toEqual({
      platform_data: left({ app_id: 42 }),
    });
    expect(said({ text: { odd: 1 } })).toMatchObject({
      type: 'unsupported',
      details: { platform_data: left({ text: { odd: 1 } }) },
    });
  });
});

describe('while another app holds the thread', () => {
  const standby = (...items: unknown[]) =>
    receive(requestOf({ object: 'instagram', entry: [{ id: ACCOUNT, time: AT, standby: items }] }));

  it('what the customer writes is kept and marked', () => {
    expect(only(standby(DOCUMENTED['text']), 'message')).toMatchObject({
      accountExternalId: ACCOUNT,
      key: 'message:m-text',
      content: { type: 'text', details: { standby: true } },
    });
    expect(only(standby(DOCUMENTED['adMessage']), 'message').content.details).toMatchObject({
      standby: true,
      referral: { ref: 'spring' },
    });
  });

  it('what the other app writes is an echo, and statuses are statuses', () => {
    only(standby(DOCUMENTED['echo']), 'echo');
    only(standby(DOCUMENTED['seen']), 'status');
    only(standby('garbage'), 'unreadable');
  });

  it('an item may come in `changes` too', () => {
    const changes = [{ field: 'standby', value: DOCUMENTED['text'] }];
    const events = receive(requestOf({ object: 'instagram', entry: [{ id: ACCOUNT, changes }] }));
    expect(only(events, 'message').content.details).toEqual({ standby: true });
  });
});
