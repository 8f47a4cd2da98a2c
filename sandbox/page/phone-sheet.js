import { call } from './dom.js';
import { createSheet } from './sheet.js';

const EMOJI = ['❤️', '👍', '😂', '😮', '😢', '🙏'];
const sheet = createSheet('', 'phone-text');

export const { choice, endChoice } = sheet;

/** What the person can do with a message on this platform. */
export function openSheet(message, { path, can }, report) {
  const mine = message.from === 'customer';
  const act = (name, body) => () => {
    call('POST', `${path}/${name}`, { message_id: message.id, ...body }).catch(report);
  };
  const react = (emoji) => act('reactions', { emoji });
  const pick = (kind) => () => sheet.choose(kind, message);
  const isReacted = can.includes('react') && message.reactions.length > 0;
  const isEditable = mine && can.includes('edit') && message.text !== null;
  sheet.open(
    can.includes('react') ? EMOJI.map((text) => ({ text, act: react(text) })) : [],
    [
      { text: 'Reply', act: pick('reply') },
      isReacted && { text: 'Take the reaction back', act: react(null) },
      isEditable && { text: 'Change', act: pick('edit') },
      mine && can.includes('takeBack') && { text: 'Take back', act: act('taken-back', {}) },
    ].filter(Boolean),
  );
}
