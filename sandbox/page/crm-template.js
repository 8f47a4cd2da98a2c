import { byId, call, h } from './dom.js';
import { send } from './crm-send.js';

let place = null;
let report = () => {};
let templates = [];

/** Shows the approved templates of the account; the first one is chosen. */
export async function openTemplates(shown, onError) {
  place = shown;
  report = onError;
  byId('template-words').textContent = 'Asking the router …';
  byId('template-fields').replaceChildren();
  byId('template-name').replaceChildren();
  byId('template-dialog').showModal();
  const query = new URLSearchParams({ channel: place.channel });
  const answer = await call('GET', `/crm/api/templates?${query}`).catch((error) => ({
    problem: error,
  }));
  templates = (answer.data ?? []).filter(({ status }) => status === 'APPROVED');
  const options = templates.map(({ name, language }, index) =>
    h('option', { value: String(index), text: `${name} (${language})` }),
  );
  byId('template-name').replaceChildren(...options);
  byId('template-send').disabled = templates.length === 0;
  byId('template-words').textContent =
    answer.problem?.message ?? (templates.length === 0 ? 'The account has none.' : '');
  if (templates.length > 0) showFields();
}

/** Texts with placeholders: `{type: 'header' | 'body', text, names}`. */
function partsOf({ components }) {
  return components
    .filter(({ type, text }) => /^(header|body)$/i.test(type) && typeof text === 'string')
    .map(({ type, text }) => ({
      type: type.toLowerCase(),
      text,
      names: [...new Set(text.match(/\{\{\w+\}\}/g))].map((mark) => mark.slice(2, -2)),
    }));
}

const chosen = () => templates[Number(byId('template-name').value)];
const fieldOf = (type, name) => byId(`value-${type}-${name}`);

function showFields() {
  const fields = partsOf(chosen()).flatMap(({ type, names }) =>
    names.flatMap((name) => {
      const id = `value-${type}-${name}`;
      const input = h('input', { id, required: true, autocomplete: 'off', dir: 'auto' });
      input.addEventListener('input', showPreview);
      return [h('label', { for: id, text: `{{${name}}}` }), input];
    }),
  );
  byId('template-fields').replaceChildren(...fields);
  showPreview();
}

function preview() {
  return partsOf(chosen())
    .map(({ type, text }) =>
      text.replace(/\{\{(\w+)\}\}/g, (mark, name) => fieldOf(type, name).value || mark),
    )
    .join('\n');
}

function showPreview() {
  byId('template-words').textContent = preview();
}

/** Placeholders are numbers, or names that go with each value. */
function parameter(type, name) {
  const value = { type: 'text', text: fieldOf(type, name).value };
  return /^\d+$/.test(name) ? value : { ...value, parameter_name: name };
}

byId('template-name').addEventListener('change', showFields);
byId('template-cancel').addEventListener('click', () => byId('template-dialog').close());
byId('template-form').addEventListener('submit', () => {
  const { name, language } = chosen();
  const components = partsOf(chosen())
    .filter(({ names }) => names.length > 0)
    .map(({ type, names }) => ({
      type,
      parameters: names.map((each) => parameter(type, each)),
    }));
  const content = { type: 'template', name, language, components };
  send(place, { content, preview: preview() }).catch(report);
});
