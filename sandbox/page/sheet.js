import { byId, h } from './dom.js';

/**
 * The sheet of one message, on the phone or at the CRM's desk, and the line above the text field
 * that says what the next text is about. `prefix` stands before the ids of both.
 */
export function createSheet(prefix, fieldId) {
  const part = (name) => byId(`${prefix}${name}`);
  const sheet = part('sheet');
  let chosen = null;

  function endChoice() {
    chosen = null;
    part('chosen').hidden = true;
  }

  function choose(kind, { id, text }) {
    sheet.close();
    chosen = { kind, id };
    const what = kind === 'reply' ? 'Answering' : 'Changing';
    part('chosen-text').textContent = `${what}: ${text ?? 'an attachment'}`;
    part('chosen').hidden = false;
    const field = byId(fieldId);
    if (kind === 'edit') field.value = text ?? '';
    field.focus();
  }

  /** `emoji` to react with, and `actions` as `{text, act}`; `act` runs when the sheet is closed. */
  function open(emoji, actions) {
    const closing = (act) => () => {
      sheet.close();
      act();
    };
    part('sheet-emoji').replaceChildren(
      ...emoji.map(({ text, act }) => button(text, closing(act))),
    );
    part('sheet-actions').replaceChildren(
      ...actions.map(({ text, act }) => button(text, closing(act))),
      button('Close', () => sheet.close()),
    );
    sheet.showModal();
  }

  part('chosen-end').addEventListener('click', () => {
    if (chosen?.kind === 'edit') byId(fieldId).value = '';
    endChoice();
  });
  sheet.addEventListener('click', (event) => {
    if (event.target === sheet) sheet.close();
  });
  /** What the next text is about: `{kind: 'reply' | 'edit', id}`, or null. */
  const choice = () => chosen;
  return { open, choose, choice, endChoice };
}

function button(text, onClick) {
  const made = h('button', { type: 'button', text });
  made.addEventListener('click', onClick);
  return made;
}
