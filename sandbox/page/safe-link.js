import { h } from './dom.js';

/**
 * A link to where somebody else's message points, with the whole address to be seen; anything but
 * a web address stays text, for `javascript:` would run as this page.
 */
export function safeLink(url, words = url) {
  const isWeb = URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
  if (!isWeb) return h('span', { text: words === url ? url : `${words} (${url})` });
  return h('a', {
    ...{ class: 'out', href: url, title: url, text: words },
    ...{ target: '_blank', rel: 'noopener noreferrer nofollow' },
  });
}
