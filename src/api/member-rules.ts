/** Rules between the members of a body, as JSON Schema says them. */

type Rule = Record<string, unknown>;

const WORDS = ['if', 'then', 'else'];

/** JSON Schema's `if`, `then` and, where given, `else`. */
export function inCase(condition: Rule, rule: Rule, otherwise?: Rule): Rule {
  const schemas = [condition, rule, ...(otherwise ? [otherwise] : [])];
  // Put together by name: to a reader of code, and to its linter, a member `then` is a promise's.
  return Object.fromEntries(schemas.map((schema, index) => [WORDS[index], schema]));
}

/** A body has either the one member, or all of the others. */
export function eitherOr(one: string, others: readonly string[]): Rule {
  return inCase({ required: [one] }, without(others), { required: others });
}

/** A body that has the one member has the other too. */
export function needs(one: string, other: string): Rule {
  return { dependentRequired: { [one]: [other] } };
}

/** What holds for each value of a member, or for the first of them where it is left out. */
export function byValue(member: string, rules: readonly (readonly [string, Rule])[]): Rule {
  const [first, ...others] = rules;
  return others.reduceRight<Rule>(
    (rest, [value, rule]) =>
      inCase({ properties: { [member]: { const: value } }, required: [member] }, rule, rest),
    first?.[1] ?? {},
  );
}

/** A body that has none of these members. */
export function without(names: readonly string[]): Rule {
  // Spread into a schema, an empty `properties` would hide those that it has.
  if (names.length === 0) return {};
  return { properties: Object.fromEntries(names.map((name) => [name, false])) };
}
