/**
 * Gives every object of the OpenAPI document a name of its own: generators make up names like
 * `ResponseInner2` for objects that stand inside others, and some cannot load what they made.
 */

type Schema = Record<string, unknown>;
type Document = {
  paths?: Record<string, unknown> | undefined;
  webhooks?: Record<string, unknown> | undefined;
  components?: { schemas?: Record<string, unknown> | undefined } | undefined;
};
type Operation = {
  operationId: string;
  requestBody?: Content;
  responses?: Record<string, Content>;
};
type Content = { content?: Record<string, { schema?: unknown }> };

/** Changes the document. Throws when two different objects would get one name. */
export function nameSchemas<T extends object>(document: T): T {
  const { paths = {}, webhooks = {}, components = {} } = document as Document;
  const schemas = (components.schemas ??= {});
  const naming = new Naming(schemas);
  for (const [name, schema] of Object.entries(schemas)) naming.nameWithin(schema, name);
  for (const path of [...Object.values(paths), ...Object.values(webhooks)])
    for (const operation of Object.values(path as Record<string, Operation>))
      nameContents(naming, operation);
  return document;
}

function nameContents(naming: Naming, { operationId, requestBody, responses = {} }: Operation) {
  if (operationId === undefined) return;
  const name = pascal(operationId);
  for (const media of Object.values(requestBody?.content ?? {}))
    media.schema = naming.named(media.schema, `${name}Request`);
  for (const response of Object.values(responses))
    for (const media of Object.values(response.content ?? {}))
      media.schema = naming.named(media.schema, `${name}Response`);
}

class Naming {
  readonly #schemas: Record<string, unknown>;
  constructor(schemas: Record<string, unknown>) {
    this.#schemas = schemas;
  }

  /** The schema, or a reference to it once it is an object with a name. */
  named(schema: unknown, name: string): unknown {
    if (!isSchema(schema)) return schema;
    this.nameWithin(schema, name);
    if (!('properties' in schema)) return schema;
    const { type, ...rest } = schema;
    this.#add(name, { type: 'object', ...rest });
    const reference = { $ref: `#/components/schemas/${name}` };
    const nullable = Array.isArray(type) && type.includes('null');
    return nullable ? { oneOf: [reference, { type: 'null' }] } : reference;
  }

  /** Names what stands inside a schema, after its place there. */
  nameWithin(schema: unknown, name: string): void {
    if (!isSchema(schema)) return;
    const properties = isSchema(schema['properties']) ? schema['properties'] : {};
    for (const [member, inner] of Object.entries(properties))
      properties[member] = this.named(inner, name + pascal(member));
    for (const member of ['items', 'additionalProperties'])
      if (isSchema(schema[member])) schema[member] = this.named(schema[member], `${name}Item`);
  }

  #add(name: string, schema: Schema): void {
    const known = this.#schemas[name];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema))
      throw new Error(`two different schemas would be called ${name}`);
    this.#schemas[name] = schema;
  }
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `last_error` → `LastError`. */
function pascal(name: string): string {
  return name.replaceAll(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
