import { describe, expect, it } from '@jest/globals';
import type { ChannelEvent } from '../../../src/channels/channel.ts';
import { receive } from '../../../src/channels/whatsapp/receive.ts';
import {
  AT,
  bodyOf,
  change,
  CUSTOMER,
  GROUP_ID,
  only,
  PHONE_NUMBER_ID,
  requestOf,
  status,
  STATUSES,
  USER_ID,
} from './payloads.ts';

function read(...statuses: unknown[]): ChannelEvent[] {
  return receive(requestOf(bodyOf(change({ statuses }))));
}

const base = {
  kind: 'status',
  accountExternalId: PHONE_NUMBER_ID,
  at: AT,
  platformMessageId: 'wamid.sent',
  customer: { externalId: CUSTOMER },
  earlierToo: false,
  error: null,
  callbackData: null,
};

describe('a status', () => {
  it.each([
    ['sent', { status: 'sent', key: 'sent:wamid.sent', callbackData: 'msg-1' }],
    ['delivered', { status: 'delivered', key: 'delivered:wamid.sent', callbackData: 'msg-1' }],
    [
      'read',
      {
        status: 'read',
        key: 'read:wamid.sent',
        customer: { externalId: CUSTOMER, aliases: [USER_ID] },
      },
    ],
    ['played', { status: 'read', key: 'played:wamid.sent' }],
  ])('%s holds for its message alone', (kind, event) => {
    expect(only(read(STATUSES[kind]), 'status')).toEqual({ ...base, ...event });
  });

  it('failed has the code and the reason, without the number', () => {
    expect(only(read(STATUSES['failed']), 'status')).toEqual({
      ...base,
      status: 'failed',
      key: 'failed:wamid.sent',
      callbackData: 'msg-1/2',
      error: {
        code: '131047',
        message: 'Re-engagement message: More than 24 hours have passed since … replied.',
      },
    });
  });

  it('failed without a readable reason still says so', () => {
    for (const errors of [undefined, [], 'no', [null], [{ code: {}, title: 7 }]]) {
      const { error } = only(read(status('failed', { errors })), 'status');
      expect(error).toMatchObject({ code: 'failed', message: expect.stringMatching(/./) });
    }
  });

  it('of a group is one of each participant', () => {
    const other = { ...STATUSES['inGroup'], recipient_participant_id: '16505550000' };
    const events = read(STATUSES['inGroup'], other);
    expect(events.map((event) => event.key)).toEqual([
      `read:wamid.sent:${CUSTOMER}`,
      'read:wamid.sent:16505550000',
    ]);
    expect(events[0]).toMatchObject({
      customer: { externalId: CUSTOMER, group: { externalId: GROUP_ID } },
    });
  });

  it('may name nobody, or only a user id', () => {
    const nobody = only(read(status('sent', { recipient_id: undefined })), 'status');
    expect(nobody.customer).toBeNull();
    const ids = { recipient_id: undefined, recipient_user_id: USER_ID };
    expect(only(read(status('sent', ids)), 'status').customer).toEqual({ externalId: USER_ID });
  });

  it('in any order, early, late and twice has a key for each that it is', () => {
    const order = ['read', 'sent', 'delivered', 'read', 'played', 'sent', 'failed'] as const;
    const keys = read(...order.map((kind) => STATUSES[kind])).map((event) => event.key);
    expect(new Set(keys)).toEqual(new Set(order.map((kind) => `${kind}:wamid.sent`)));
  });

  it('of a kind that is not known yet is ignored', () => {
    for (const value of ['deleted', 'warning', 'constructor']) only(read(status(value)), 'ignored');
  });

  it('of a payment says nothing of the message', () => {
    for (const value of ['captured', 'pending', 'failed'])
      only(read(status(value, { type: 'payment', payment: { reference_id: 'r' } })), 'ignored');
  });

  it('damaged is unreadable', () => {
    for (const odd of [null, 7, {}, { ...STATUSES['sent'], id: {} }, status('', { status: 7 })])
      only(read(odd), 'unreadable');
  });
});
