import type { Channel, ChannelEvent } from '../../../src/channels/channel.ts';
import { createInstagram } from '../../../src/channels/instagram/index.ts';
import { createTelegram } from '../../../src/channels/telegram/index.ts';
import { createWhatsApp } from '../../../src/channels/whatsapp/index.ts';
import type { Act, Step } from './schedule.ts';

/** What happens to one message, in a platform's own words. */
export type Wire = {
  name: string;
  /** The channel that reads it. */
  channel: Channel;
  accountExternalId: string;
  acts: readonly Act[];
  /** Those that the platform numbers, so that of two at one time the later one is known. */
  numbered: readonly Act[];
  /** The events of these steps, of one webhook where the platform can put several into one. */
  read(steps: Step[]): ChannelEvent[];
};

type Json = Record<string, unknown>;

const ALL = ['message', 'edit1', 'edit2', 'delete', 'react', 'unreact'] as const;
const TEXT = { message: 'first', edit1: 'second', edit2: 'third' } as const;
const meta = { apiUrl: 'http://127.0.0.1:1', appSecrets: ['s'], verifyToken: 'v' };

/** Milliseconds since 1970 of a step's second. */
export const msOf = ({ second }: Step): number => (1_790_000_000 + second) * 1000;

function readAll(channel: Channel, accountExternalId: string, bodies: unknown[]): ChannelEvent[] {
  const account = { id: 'acc', externalId: accountExternalId, details: {}, credentials: {} };
  return bodies.flatMap((body) =>
    channel.receive({ headers: {}, body: Buffer.from(JSON.stringify(body)), account }),
  );
}

/** `owner`: the message is one that the account's owner typed in the platform's own app. */
export function whatsApp(owner: boolean): Wire {
  const channel = createWhatsApp(meta);
  const accountExternalId = owner ? '2002' : '2001';
  const textOf = (body: string) => ({ type: 'text', text: { body } });
  const said = ({ act, mid, n }: Step): Json => {
    const of = { original_message_id: mid };
    if (act === 'react' || act === 'unreact') {
      const reaction = { message_id: mid, emoji: act === 'react' ? '👍' : '' };
      return { id: `${mid}.${act}`, type: 'reaction', reaction };
    }
    if (act === 'delete') return { id: `${mid}.d`, type: 'revoke', revoke: of };
    if (act === 'message') return { id: mid, ...textOf(`${TEXT.message} ${n}`) };
    const edit = { ...of, message: textOf(`${TEXT[act]} ${n}`) };
    return { id: `${mid}.${act}`, type: 'edit', edit };
  };
  const changeOf = (step: Step) => {
    const echoed = owner && !step.act.endsWith('react');
    const sides = echoed ? { from: '1', to: step.customer } : { from: step.customer };
    const item = { ...sides, timestamp: `${msOf(step) / 1000}`, ...said(step) };
    const metadata = { phone_number_id: accountExternalId };
    return echoed
      ? { field: 'smb_message_echoes', value: { metadata, message_echoes: [item] } }
      : { field: 'messages', value: { metadata, messages: [item] } };
  };
  return {
    name: owner ? 'WhatsApp, the owner’s app' : 'WhatsApp',
    channel,
    accountExternalId,
    acts: ALL,
    numbered: [],
    read: (steps) =>
      readAll(channel, accountExternalId, [
        { object: 'whatsapp_business_account', entry: [{ changes: steps.map(changeOf) }] },
      ]),
  };
}

/** Like {@link whatsApp}. Instagram counts the edits of a message. */
export function instagram(owner: boolean): Wire {
  const channel = createInstagram(meta);
  const accountExternalId = owner ? '1002' : '1001';
  const said = ({ act, mid, n }: Step): Json => {
    const flags = owner ? { is_echo: true } : {};
    if (act === 'message') return { message: { mid, text: `${TEXT.message} ${n}`, ...flags } };
    if (act === 'delete') return { message: { mid, is_deleted: true, ...flags } };
    if (act === 'edit1' || act === 'edit2')
      return {
        message_edit: { mid, text: `${TEXT[act]} ${n}`, num_edit: act === 'edit1' ? 1 : 2 },
      };
    return { reaction: { mid, action: act, ...(act === 'react' ? { emoji: '👍' } : {}) } };
  };
  const itemOf = (step: Step) => {
    const ours = owner && !step.act.endsWith('react');
    const [from, to] = ours
      ? [accountExternalId, step.customer]
      : [step.customer, accountExternalId];
    return { sender: { id: from }, recipient: { id: to }, timestamp: msOf(step), ...said(step) };
  };
  return {
    name: owner ? 'Instagram, the owner’s app' : 'Instagram',
    channel,
    accountExternalId,
    acts: ALL,
    numbered: ['edit1', 'edit2'],
    read: (steps) =>
      readAll(channel, accountExternalId, [
        { object: 'instagram', entry: [{ id: accountExternalId, messaging: steps.map(itemOf) }] },
      ]),
  };
}

/** Telegram does not tell that something was deleted, and puts one update into each webhook. */
export function telegram(): Wire {
  const channel = createTelegram({ apiUrl: 'http://127.0.0.1:1' });
  const accountExternalId = '3001';
  const updateOf = (step: Step): Json => {
    const { act, n } = step;
    const chat = { id: 500_000 + n, type: 'private' };
    const from = { id: chat.id, is_bot: false, first_name: 'A' };
    const date = msOf(step) / 1000;
    const update_id = n * 10 + ALL.indexOf(act);
    const message = { message_id: n, chat, from, date };
    if (act === 'message') return { update_id, message: { ...message, text: `first ${n}` } };
    if (act === 'react' || act === 'unreact') {
      const like = [{ type: 'emoji', emoji: '👍' }];
      const lists =
        act === 'react'
          ? { old_reaction: [], new_reaction: like }
          : { old_reaction: like, new_reaction: [] };
      return { update_id, message_reaction: { chat, message_id: n, user: from, date, ...lists } };
    }
    const text = `${TEXT[act as 'edit1' | 'edit2']} ${n}`;
    return { update_id, edited_message: { ...message, edit_date: date, text } };
  };
  return {
    name: 'Telegram',
    channel,
    accountExternalId,
    acts: ALL.filter((act) => act !== 'delete'),
    numbered: ALL,
    read: (steps) => readAll(channel, accountExternalId, steps.map(updateOf)),
  };
}
