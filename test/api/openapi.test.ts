import { beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { createRoutes } from '../../src/api/app.ts';
import { ERROR_TITLES } from '../../src/api/error-codes.ts';
import { eventExamples } from '../../src/api/event-examples.ts';
import { errorCodesOf, eventSchemas } from '../../src/api/openapi.ts';
import { startApi } from './support/api.ts';
import { createFakeDeps, createWorld } from './support/fakes.ts';

type Media = { schema?: unknown; example?: unknown; examples?: Record<string, unknown> };
type Operation = {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  security: unknown[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content?: Record<string, Media> }>;
};
type Document = {
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<string, { post: Operation }>;
  components: { schemas: Record<string, { required?: string[]; properties?: object }> };
};

const routes = createRoutes(createFakeDeps(createWorld())).filter((route) => !route.hidden);
let document: Document;

beforeAll(async () => {
  const api = await startApi();
  const response = await fetch(`${api.url}/openapi.json`);
  document = (await response.json()) as Document;
  await api.stop();
});

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone(document));
    expect(result).toMatchObject({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('has the components that clients are generated from', () => {
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining([
        'SendMessageRequest',
        'SendMessageResponse',
        'MessageStatusResponse',
        'CreateAccountRequest',
        'UpdateAccountRequest',
        'AccountResponse',
        'ErrorResponse',
        'InboundMessageWebhook',
        'DeliveryStatusWebhook',
      ]),
    );
  });

  it("shows the members of a channel's accounts, and which of them are needed", () => {
    const request = document.components.schemas['CreateAccountRequest'];
    expect(Object.keys(request?.properties ?? {})).toEqual(
      expect.arrayContaining(['channel', 'instagram_account_id', 'access_token', 'webhook_secret']),
    );
    expect(request?.required).toEqual(['instagram_account_id', 'access_token']);
    const account = document.components.schemas['AccountResponse'];
    expect(Object.keys(account?.properties ?? {})).not.toContain('access_token');
  });

  it('gives every operation its own id, a summary, a description and examples', () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    expect(operations.length).toBe(routes.length);
    expect(new Set(operations.map((each) => each.operationId)).size).toBe(operations.length);
    for (const operation of operations) {
      expect(operation.summary).toBeTruthy();
      expect(operation.description).toBeTruthy();
      const contents = [operation.requestBody, ...Object.values(operation.responses)].flatMap(
        (each) => Object.values(each?.content ?? {}),
      );
      for (const media of contents) expect(media.example ?? media.examples).toBeDefined();
    }
  });

  it('asks for a key exactly where the API does', () => {
    for (const route of routes) {
      const operation = document.paths[route.path]?.[route.method];
      expect(operation?.security).toEqual(route.auth === 'public' ? [] : [{ apiKey: [] }]);
      const key = { public: 'none', crm: '`crm` or `admin`', admin: 'of role `admin`' }[route.auth];
      expect(operation?.description.split('**Key:**')[1]).toContain(key);
    }
  });

  it('lists the errors of every operation, each with an example', () => {
    for (const route of routes) {
      const operation = document.paths[route.path]?.[route.method];
      const shown = Object.values(operation?.responses ?? {}).flatMap((response) =>
        Object.keys(response.content?.['application/problem+json']?.examples ?? {}),
      );
      // An answer of the route's own takes the place of the errors with its status.
      const hidden = errorCodesOf(route).filter((code) => !shown.includes(code));
      expect(hidden).toEqual([]);
    }
  });

  it('documents every event that the router sends', () => {
    expect(Object.keys(document.webhooks).sort()).toEqual(Object.keys(eventSchemas).sort());
  });
});

describe('what a generator reads in it', () => {
  it('has a name for every object, and for every branch of a choice', () => {
    const inline: string[] = [];
    walk(document, '', (node, path) => {
      const named = /^\/components\/schemas\/\w+$/.test(path);
      if ('properties' in node && node['type'] === 'object' && !named) inline.push(path);
    });
    expect(inline).toEqual([]);
    expect(document.components.schemas).toHaveProperty('TextContent');
    expect(document.components.schemas).toHaveProperty('TemplateComponent');
  });

  it('has no default that is an object or a list', () => {
    const defaults: string[] = [];
    walk(document, '', (node, path) => {
      if (typeof node['default'] === 'object' && node['default'] !== null) defaults.push(path);
    });
    expect(defaults).toEqual([]);
  });

  it('says of every list that its cursor is not empty', () => {
    const cursors: unknown[] = [];
    walk(document, '', (node) => {
      if (node['name'] === 'cursor' && node['in'] === 'query') cursors.push(node['schema']);
    });
    expect(cursors.length).toBeGreaterThan(7);
    for (const cursor of cursors) expect(cursor).toMatchObject({ pattern: expect.anything() });
  });

  it('describes every tag, and has no tag that nothing has', () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    const used = new Set(operations.flatMap((each) => each.tags));
    expect(document.tags.map(({ name }) => name).sort()).toEqual([...used].sort());
    for (const { description } of document.tags) expect(description).toBeTruthy();
  });

  it('names every event once: its summary says it in other words', () => {
    for (const [name, { post }] of Object.entries(document.webhooks)) {
      expect(post.summary).toBeTruthy();
      expect(post.summary).not.toBe(name);
    }
  });
});

type Node = Record<string, unknown>;

/** Every object of the document with its place; examples aside. */
function walk(value: unknown, path: string, see: (node: Node, path: string) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) see(value as Node, path);
  for (const [key, inner] of Object.entries(value))
    if (key !== 'example' && key !== 'examples') walk(inner, `${path}/${key}`, see);
}

describe('the examples', () => {
  it.each(routes.filter((route) => route.body).map((route) => [route.operationId, route] as const))(
    'of the request %s are accepted by its own schema',
    (_name, route) => {
      expect(route.body?.safeParse(route.bodyExample)).toMatchObject({ success: true });
    },
  );

  it.each(routes.map((route) => [route.operationId, route] as const))(
    'of the answers of %s are accepted by their own schemas',
    (_name, route) => {
      for (const { schema, example } of Object.values(route.responses))
        if (schema) expect(schema.safeParse(example)).toMatchObject({ success: true });
    },
  );

  it.each(Object.entries(eventExamples))(
    'of the event %s is accepted by its own schema, which knows its every member',
    (type, example) => {
      const parsed = eventSchemas[type as keyof typeof eventSchemas].safeParse(example);
      expect(parsed).toMatchObject({ success: true });
      // Schemas drop members they do not know: an example that loses some is out of date.
      expect(parsed.data).toEqual(example);
    },
  );

  it('cover every error code of the API', () => {
    const used = new Set(routes.flatMap(errorCodesOf));
    const beforeRoutes = [
      'bad_request',
      'headers_too_large',
      'method_not_allowed',
      'request_timeout',
      'route_not_found',
    ];
    const unused = Object.keys(ERROR_TITLES).filter((code) => !used.has(code as never));
    expect(unused.sort()).toEqual(beforeRoutes);
  });
});
