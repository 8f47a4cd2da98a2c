import { byId, call, h } from './dom.js';

const EMOJI = ['❤️', '👍', '😂', '😮', '😢', '🙏'];
let chosen = null;

/** What the next text of the phone is about: `{kind: 'reply' | 'edit', id}`, or null. */
export function choice() {
  return chosen;
}

export function endChoice() {
  chosen = null;
  byId('chosen').hidden = true;
}

function choose(kind, { id, text }) {
  chosen = { kind, id };
  const what = kind === 'reply' ? 'Answering' : 'Changing';
  byId('chosen-text').textContent = `${what}: ${text ?? 'an attachment'}`;
  byId('chosen').hidden = false;
  const field = byId('phone-text');
  if (kind === 'edit') field.value = text ?? '';
  field.focus();
}

/** The sheet of one message, with what the person can do on this platform. */
export function openSheet(message, { path, can }, report) {
  const mine = message.from === 'customer';
  const sheet = byId('sheet');
  const act = (name, body) => () => {
    sheet.close();
    call('POST', `${path}/${name}`, { message_id: message.id, ...body }).catch(report);
  };
  const react = (emoji) => act('reactions', { emoji });
  byId('sheet-emoji').replaceChildren(
    ...(can.includes('react') ? EMOJI.map((emoji) => button(emoji, react(emoji))) : []),
  );
  const pick = (kind) => () => {
    sheet.close();
    choose(kind, message);
  };
  byId('sheet-actions').replaceChildren(
    button('Reply', pick('reply')),
    ...(can.includes('react') && message.reactions.length > 0
      ? [button('Take the reaction back', react(null))]
      : []),
    ...(mine && can.includes('edit') && message.text !== null
      ? [button('Change', pick('edit'))]
      : []),
    ...(mine && can.includes('takeBack') ? [button('Take back', act('taken-back', {}))] : []),
    button('Close', () => sheet.close()),
  );
  sheet.showModal();
}

function button(text, onClick) {
  const made = h('button', { type: 'button', text });
  made.addEventListener('click', onClick);
  return made;
}

byId('chosen-end').addEventListener('click', () => {
  if (chosen?.kind === 'edit') byId('phone-text').value = '';
  endChoice();
});
byId('sheet').addEventListener('click', (event) => {
  if (event.target === byId('sheet')) byId('sheet').close();
});
