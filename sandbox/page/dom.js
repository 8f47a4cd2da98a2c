/** Makes an element. Text always goes in as text: what people write is never read as markup. */
export function h(tag, { class: className, text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined && text !== null) element.textContent = text;
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value);
  element.append(...children.filter(Boolean));
  return element;
}

export function byId(id) {
  return document.getElementById(id);
}

const known = new WeakMap();

/**
 * Shows a list without touching what did not change, so that a selection or a screen reader is not
 * disturbed by every event. Returns whether anything was added at the end.
 */
export function showList(container, items, keyOf, build) {
  const before = known.get(container) ?? new Map();
  const after = new Map();
  let grew = false;
  items.forEach((item, index) => {
    const key = keyOf(item, index);
    const shape = JSON.stringify(item);
    const old = before.get(key);
    const node = old?.shape === shape ? old.node : build(item);
    if (!old && known.has(container)) arrive(node);
    if (!old && index === items.length - 1) grew = true;
    if (old && old.node !== node) {
      const focused = old.node.contains(document.activeElement);
      old.node.replaceWith(node);
      // Otherwise whoever uses the keyboard would be thrown back to the top of the page.
      if (focused) node.focus();
    }
    if (container.children[index] !== node)
      container.insertBefore(node, container.children[index] ?? null);
    after.set(key, { shape, node });
  });
  while (container.children.length > items.length) container.lastElementChild.remove();
  known.set(container, after);
  return grew;
}

/** The class goes again, or the node would move whenever its panel is shown. */
function arrive(node) {
  node.classList.add('fresh');
  node.addEventListener('animationend', () => node.classList.remove('fresh'), { once: true });
}

/** Keeps the newest message in sight unless somebody scrolled up to read. */
export function showMessages(container, items, keyOf, build) {
  const atEnd = container.scrollHeight - container.scrollTop - container.clientHeight < 80;
  const grew = showList(container, items, keyOf, build);
  if (atEnd || grew) container.scrollTop = container.scrollHeight;
}

const clockTime = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const exactTime = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

export function timeOf(ms, exact = false) {
  return ms ? (exact ? exactTime : clockTime).format(ms) : '';
}

export function initials(name) {
  const words = (name ?? '?').split(/[\s._]+/).filter(Boolean);
  return words
    .slice(0, 2)
    .map((word) => [...word][0].toUpperCase())
    .join('');
}

/** Sends JSON; throws an Error whose message can be shown. */
export async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const json = await answer.json().catch(() => ({}));
  if (answer.ok) return json;
  const { error } = json;
  throw new Error(
    typeof error === 'string' ? error : (error?.message ?? `It answered ${answer.status}.`),
  );
}
