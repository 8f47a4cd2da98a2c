import { createSheet } from './sheet.js';
import { abilitiesOf } from './crm-outlook.js';
import { send } from './crm-send.js';

/** Those that every channel takes; Telegram lets bots give only some. */
const EMOJI = ['👍', '❤️', '🔥', '🎉', '🙏', '😢'];
const sheet = createSheet('desk-', 'crm-text');

export const { choice, endChoice } = sheet;

/** What the CRM can do with a message. `place` is the channel and the customer. */
export function openDeskSheet(message, place, report) {
  const can = abilitiesOf(place.channel);
  const react = (emoji) => () =>
    send(place, { content: { type: 'reaction', message_id: message.id, emoji } }).catch(report);
  const isEditable = message.direction === 'out' && message.type === 'text' && can.edit;
  sheet.open(
    can.reaction ? EMOJI.map((text) => ({ text, act: react(text) })) : [],
    [
      { text: 'Reply', act: () => sheet.choose('reply', message) },
      message.ownReaction && { text: 'Take the reaction back', act: react(null) },
      isEditable && { text: 'Change', act: () => sheet.choose('edit', message) },
    ].filter(Boolean),
  );
}
