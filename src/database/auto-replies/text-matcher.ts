import { LRUCache } from 'lru-cache';
import { RE2JS, RE2JSException } from 're2js';
import { plainMatcher, type AutoReplyRule, type TextMatcher } from '../../domain/auto-reply.ts';

/** Steps of a compiled pattern: the time for a text is at most this times its length. */
const LARGEST_PROGRAM = 200;

type Pattern = Pick<AutoReplyRule, 'match' | 'pattern' | 'caseSensitive'>;

/**
 * What a rule matches with, or what is wrong with its pattern. Regular expressions are RE2's: they
 * take time in proportion to the text, whatever the text.
 */
export function compileMatcher(rule: Pattern): { matcher: TextMatcher } | { problem: string } {
  const { match, pattern, caseSensitive } = rule;
  if (match !== 'regex') return { matcher: plainMatcher(match, pattern, caseSensitive) };
  try {
    const expression = RE2JS.compile(
      pattern.normalize('NFC'),
      caseSensitive ? 0 : RE2JS.CASE_INSENSITIVE,
    );
    if (expression.programSize() > LARGEST_PROGRAM)
      return {
        problem: 'is too large; use fewer repetitions such as {100}, and fewer alternatives',
      };
    return { matcher: (text) => expression.matcher(text.normalize('NFC')).find() };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return { problem: `is no regular expression that RE2 reads: ${reasonOf(error)}` };
  }
}

function reasonOf(error: Error): string {
  return error.message.replace('error parsing regexp: ', '').replace('`(?i)', '`');
}

const compiled = new LRUCache<string, TextMatcher>({ max: 5_000 });

/** The matcher of a stored rule, compiled once for each of its versions. */
export function matcherOf(rule: AutoReplyRule): TextMatcher {
  const key = `${rule.id}/${rule.version}`;
  const known = compiled.get(key);
  if (known) return known;
  const made = compileMatcher(rule);
  // Stored by another release, with other bounds: it answers nothing until somebody changes it.
  const matcher = 'matcher' in made ? made.matcher : () => false;
  compiled.set(key, matcher);
  return matcher;
}
