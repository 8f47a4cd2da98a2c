import { describe, expect, it } from '@jest/globals';
import { parseText } from '../../sandbox/telegram/entities.ts';

/** `type@offset+length`, and what else an entity says, of each in turn. */
function read(source: string, mode?: string, entities?: unknown[]): string[] {
  const parsed = parseText(source, { mode, entities });
  const marks = parsed.entities.map(({ type, offset, length, ...more }) => {
    const rest = Object.keys(more).length > 0 ? ` ${JSON.stringify(more)}` : '';
    return `${String(type)}@${String(offset)}+${String(length)}${rest}`;
  });
  return [parsed.text, ...marks];
}

function refused(source: string, mode?: string, entities?: unknown[]): string {
  try {
    return `taken: ${read(source, mode, entities).join(' | ')}`;
  } catch (error) {
    return (error as Error).message.replace('Bad Request: ', '');
  }
}

const needed = (character: string) =>
  `can't parse entities: Character '${character}' is reserved and must be escaped with the preceding '\\'`;

describe('HTML', () => {
  it.each([
    ['<b>b<i>i</i></b> <u>u</u> <del>d</del>', 'bi u d', 'bold@0+2', 'italic@1+1'],
    ['<span class="tg-spoiler">s</span>', 's', 'spoiler@0+1'],
    ['<tg-spoiler>s</tg-spoiler>', 's', 'spoiler@0+1'],
    [
      '<tg-emoji emoji-id="5368">👍</tg-emoji>',
      '👍',
      'custom_emoji@0+2 {"custom_emoji_id":"5368"}',
    ],
    ['&#33;&#x41;&lt;&amp;&quot;&nbsp;&amp', '!A<&"&nbsp;&'],
    [
      '<a href="https://e.com/?a=1&amp;b=2">x</a>',
      'x',
      'text_link@0+1 {"url":"https://e.com/?a=1&b=2"}',
    ],
    ["<A href='e.com'>x</A>", 'x', 'text_link@0+1 {"url":"http://e.com/"}'],
    ['<a href="nowhere">x</a>', 'x'],
    ['<pre><code class="language-js">f()</code></pre>', 'f()', 'pre@0+3 {"language":"js"}'],
    ['<code class="language-js">f()</code>', 'f()', 'code@0+3'],
    ['<pre>f()</pre>', 'f()', 'pre@0+3'],
    ['<blockquote>q</blockquote>', 'q', 'blockquote@0+1'],
    ['<blockquote expandable>q</blockquote>', 'q', 'expandable_blockquote@0+1'],
    [
      '<tg-time unix="1647531900" format="wDT">t</tg-time>',
      't',
      'date_time@0+1 {"unix_time":1647531900,"date_time_format":"wDT"}',
    ],
    ['<b></b>x', 'x'],
    ['1 > 0 & "x"', '1 > 0 & "x"'],
    ['<b>/start</b> and <code>/stop</code>', '/start and /stop', 'bold@0+6', 'bot_command@0+6'],
  ])('%s', (source, ...expected) => {
    expect(read(source, 'HTML').slice(0, expected.length)).toEqual(expected);
  });

  it.each([
    ['é<x>', 'Unsupported start tag "x" at byte offset 2'],
    ['<constructor>', 'Unsupported start tag "constructor" at byte offset 0'],
    ['<b', 'Unclosed start tag at byte offset 0'],
    ['<b>x', `Can't find end tag corresponding to start tag "b"`],
    ['x</b>', 'Unexpected end tag at byte offset 1'],
    ['<b>x</i>', 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'],
    ['<b>x</b', 'Unclosed end tag at byte offset 4'],
    ['<span>x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
    ['<a =x>', 'Empty attribute name in the tag "a" at byte offset 0'],
    ['<a href=a/b>x</a>', 'Unexpected end of name token at byte offset 8'],
    ['<a href="x>y', 'Unclosed start tag at byte offset 0'],
    ['<tg-emoji emoji-id="x">y</tg-emoji>', 'Invalid custom emoji identifier specified'],
  ])('%s is refused', (source, why) => {
    expect(refused(source, 'html')).toBe(`can't parse entities: ${why}`);
  });
});

describe('MarkdownV2', () => {
  it.each([
    ['*b _i_* __u__ ~s~ ||p||', 'b i u s p', 'bold@0+3', 'italic@2+1', 'underline@4+1'],
    ['_i __iu___', 'i iu', 'italic@0+4', 'underline@2+2'],
    ['a\\.b \\(x\\) \\*', 'a.b (x) *'],
    ['`a.b(*)` x', 'a.b(*) x', 'code@0+6'],
    ['```js\nf(1)\n``` x', 'f(1)\n x', 'pre@0+5 {"language":"js"}'],
    ['```\nf\n```', 'f', 'pre@0+1'],
    ['[x](https://e.com/a_b\\)c)', 'x', 'text_link@0+1 {"url":"https://e.com/a_b)c"}'],
    ['[x](tg://user?id=5)', 'x', 'text_mention@0+1 {"user":{"id":5}}'],
    ['![👍](tg://emoji?id=5368)', '👍', 'custom_emoji@0+2 {"custom_emoji_id":"5368"}'],
    ['>a\n>b\nc', 'a\nb\nc', 'blockquote@0+4'],
    ['>a\n>b||', 'a\nb', 'expandable_blockquote@0+3'],
    ['>a||\nc', 'a\nc', 'expandable_blockquote@0+2'],
    ['😀 *b*', '😀 b', 'bold@3+1'],
  ])('%s', (source, ...expected) => {
    expect(read(source, 'MarkdownV2').slice(0, expected.length)).toEqual(expected);
  });

  it.each([...'.!-()>#+={}|]'].map((character) => [character]))(
    'refuses an unescaped %s',
    (character) => {
      expect(refused(`a ${character} b`, 'MarkdownV2')).toBe(needed(character));
    },
  );

  it.each([
    ['é *b', "Can't find end of Bold entity at byte offset 3"],
    ['_i', "Can't find end of Italic entity at byte offset 0"],
    ['__u', "Can't find end of Underline entity at byte offset 0"],
    ['~s', "Can't find end of Strikethrough entity at byte offset 0"],
    ['||p', "Can't find end of Spoiler entity at byte offset 0"],
    ['`c', "Can't find end of Code entity at byte offset 0"],
    ['```c', "Can't find end of Pre entity at byte offset 0"],
    ['```js\nc', "Can't find end of PreCode entity at byte offset 0"],
    ['[x', "Can't find end of TextUrl entity at byte offset 0"],
    ['[x](e.com', "Can't find end of a URL at byte offset 4"],
    ['![x]', 'The entity must contain a tg://emoji or tg://time URL'],
    ['![x](https://e.com)', 'Invalid tg://emoji or tg://time URL specified'],
    ['>*a\nb*', "Can't find end of Bold entity at byte offset 1"],
  ])('refuses %s', (source, why) => {
    expect(refused(source, 'MarkdownV2')).toBe(`can't parse entities: ${why}`);
  });
});

describe('Markdown', () => {
  it.each([
    ['*b* _i_ `c` \\*', 'b i c *', 'bold@0+1', 'italic@2+1', 'code@4+1'],
    ['[x](https://e.com) a.b!', 'x a.b!', 'text_link@0+1 {"url":"https://e.com/"}'],
    ['```js\nf()\n```', 'f()', 'pre@0+3 {"language":"js"}'],
    ['*_b_*', '_b_', 'bold@0+3'],
  ])('%s', (source, ...expected) => {
    expect(read(source, 'Markdown')).toEqual(expected);
  });

  it.each(['snake_case', 'é *b', '`c', '```c', '[x'])('refuses %s', (source) => {
    const at = Buffer.byteLength(source.slice(0, source.search(/[_*`[]/)));
    expect(refused(source, 'Markdown')).toBe(
      `can't parse entities: Can't find end of the entity starting at byte offset ${at}`,
    );
  });
});

describe('entities that a bot gives', () => {
  const bold = { type: 'bold', offset: 0, length: 4 };

  it('are kept beside those that the platform finds', () => {
    expect(read('bold /help', undefined, [bold])).toEqual([
      'bold /help',
      'bold@0+4',
      'bot_command@5+5',
    ]);
    expect(read('/help', undefined, [{ ...bold, type: 'code', length: 5 }])).toEqual([
      '/help',
      'code@0+5',
    ]);
  });

  it('count only without a parse mode, and without what has no length', () => {
    expect(read('<i>bold</i>', 'HTML', [bold])).toEqual(['bold', 'italic@0+4']);
    expect(read('bold', undefined, [{ ...bold, length: 0 }])).toEqual(['bold']);
    expect(read('bold', undefined, [{ ...bold, type: 'hashtag' }])).toEqual(['bold']);
  });

  it('move with the blanks that are taken off', () => {
    expect(read('  x  \n')).toEqual(['x']);
    expect(read(' \n bold  ', undefined, [{ ...bold, offset: 3, length: 6 }])).toEqual([
      'bold',
      'bold@0+4',
    ]);
    expect(read('<b> </b>x', 'HTML')).toEqual(['x']);
  });

  it('are refused where they do not fit', () => {
    const of = (entity: unknown) => refused('bold', undefined, [entity]);
    expect(of({ ...bold, type: 'shiny' })).toBe(
      "can't parse MessageEntity: Unsupported type specified",
    );
    expect(of({ type: 'bold', offset: 0 })).toBe(
      `can't parse MessageEntity: Can't find field "length"`,
    );
    expect(of({ ...bold, length: 5 })).toBe(
      'entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 5',
    );
    expect(of({ ...bold, offset: 7 })).toBe(
      'entity begins after the end of the text at UTF-16 offset 7',
    );
    expect(refused('x', 'constructor')).toBe('unsupported parse_mode');
  });
});
