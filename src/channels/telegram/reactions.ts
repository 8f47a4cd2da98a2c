/**
 * The reactions that a bot may give, as the page on `ReactionTypeEmoji` of the Bot API lists them;
 * Telegram writes them without variation selectors.
 */
const ALLOWED = new Set(
  (
    '👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 ' +
    '🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡'
  ).split(' '),
);

/** As Telegram writes it: without variation selectors and skin tones. Null: it does not take it. */
export function reactionEmoji(emoji: string): string | null {
  const plain = withoutSelectors(emoji).replace(/[\u{1f3fb}-\u{1f3ff}]/gu, '');
  return ALLOWED.has(plain) ? plain : null;
}

/** Whether the reaction loses its skin tone on the way. */
export function losesSkinTone(emoji: string): boolean {
  return reactionEmoji(emoji) !== withoutSelectors(emoji);
}

function withoutSelectors(emoji: string): string {
  return emoji.replaceAll('\ufe0f', '');
}
