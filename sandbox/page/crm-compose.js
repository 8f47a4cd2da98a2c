import { byId, h } from './dom.js';
import { askAbout, send } from './crm-send.js';
import { openTemplates } from './crm-template.js';

/** Milliseconds to wait for more typing before the router is asked. */
const PAUSE = 250;
let place = null;
let report = () => {};
let samples = [];
let waiting;

/** The buttons beside the text field: a file by its address, a template. */
export function renderCompose(view, shown, onError) {
  place = shown;
  report = onError;
  samples = view.samples;
  const names = samples.map(({ url }) => url).join();
  if (byId('samples').dataset.names === names) return;
  byId('samples').dataset.names = names;
  byId('samples').replaceChildren(...samples.map(sample));
}

function sample({ type, name, url }) {
  const made = h('button', { type: 'button', class: 'quiet', text: name });
  made.addEventListener('click', () => {
    byId('file-type').value = type;
    byId('file-url').value = url;
    askSoon();
  });
  return made;
}

function content() {
  const caption = byId('file-caption').value.trim();
  const type = byId('file-type').value;
  const url = byId('file-url').value.trim();
  const known = samples.find((each) => each.url === url);
  const name = URL.canParse(url) ? new URL(url).pathname.split('/').at(-1) : '';
  return {
    ...{ type, url },
    ...(caption && { caption }),
    ...(name && type === 'document' && { file_name: name }),
    ...(known && { mime_type: known.mime_type }),
  };
}

/** What becomes of the file is said before it is sent: refused, converted, or taken as it is. */
function askSoon() {
  clearTimeout(waiting);
  const line = byId('file-words');
  line.textContent = '';
  if (!URL.canParse(content().url)) return;
  waiting = setTimeout(async () => {
    const about = content();
    const { refused, words } = await askAbout(place, about).catch((error) => ({
      refused: true,
      words: [error.message],
    }));
    if (JSON.stringify(about) !== JSON.stringify(content())) return;
    line.textContent = words.length > 0 ? words.join(' ') : 'The channel takes it as it is.';
    line.dataset.tone = refused ? 'bad' : 'good';
  }, PAUSE);
}

byId('attach').addEventListener('click', () => {
  byId('file-form').reset();
  byId('file-words').textContent = '';
  byId('file-dialog').showModal();
});
byId('file-cancel').addEventListener('click', () => byId('file-dialog').close());
for (const name of ['url', 'type', 'caption'])
  byId(`file-${name}`).addEventListener('input', askSoon);
byId('file-form').addEventListener('submit', () => {
  send(place, { content: content() }).catch(report);
});
byId('template').addEventListener('click', () => openTemplates(place, report));
