import { OpenApiGeneratorV31, OpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import type { CrmEventType } from '../domain/crm-event.ts';
import { type ErrorCode, ERROR_TITLES, statusOf } from './error-codes.ts';
import { ApiError, problemOf } from './errors.ts';
import { eventExamples } from './event-examples.ts';
import * as events from './event-schemas.ts';
import { API_DESCRIPTION, TAGS, WEBHOOK_DESCRIPTIONS, WEBHOOK_SUMMARIES } from './openapi-texts.ts';
import { nameSchemas } from './name-schemas.ts';
import { hasOtherParams } from './path-parameters.ts';
import type { ResponseSpec, Route } from './route.ts';
import { ErrorResponse } from './routes/common-schemas.ts';

/** The schema of every event that this router sends. */
export const eventSchemas: Record<CrmEventType, z.ZodType> = {
  'message.received': events.InboundMessageWebhook,
  'message.edited': events.InboundMessageWebhook,
  'message.deleted': events.InboundMessageWebhook,
  'message.reaction': events.ReactionWebhook,
  'message.sent': events.DeliveryStatusWebhook,
  'message.delivered': events.DeliveryStatusWebhook,
  'message.read': events.DeliveryStatusWebhook,
  'message.failed': events.DeliveryStatusWebhook,
  'message.delayed': events.DeliveryStatusWebhook,
  'message.unconfirmed': events.DeliveryStatusWebhook,
  'account.paused': events.AccountWebhook,
  'account.resumed': events.AccountWebhook,
  'account.token_expiring': events.AccountWebhook,
  'webhook.test': events.TestWebhook,
};

/** The OpenAPI 3.1 document of routes and webhooks, made when it is first asked for. */
export function createOpenApi(
  routes: Route[],
  about: { version: string; publicUrl?: string | undefined },
): () => object {
  let document: object | undefined;
  return () => (document ??= generate(routes, about));
}

function generate(routes: Route[], about: { version: string; publicUrl?: string | undefined }) {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key: `Authorization: Bearer c4a_live_…`.',
  });
  for (const route of routes) if (!route.hidden) registerRoute(registry, route);
  for (const type of Object.keys(eventSchemas) as CrmEventType[]) registerEvent(registry, type);
  const document = new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: { title: 'Chat4All', version: about.version, description: API_DESCRIPTION },
    servers: [{ url: about.publicUrl ?? '/' }],
    tags: TAGS,
  });
  return nameSchemas(document);
}

/** Ends the description of each operation. */
const WHO_MAY: Record<Route['auth'], string> = {
  public: '**Key:** none.',
  crm: '**Key:** of role `crm` or `admin`.',
  admin: '**Key:** of role `admin`.',
};

function registerRoute(registry: OpenAPIRegistry, route: Route): void {
  const { method, path, operationId, summary, description, tags } = route;
  registry.registerPath({
    method,
    path,
    operationId,
    summary,
    description: `${description.trim()}\n\n${WHO_MAY[route.auth]}`,
    tags,
    ...(route.deprecated && { deprecated: true }),
    security: route.auth === 'public' ? [] : [{ apiKey: [] }],
    request: {
      ...objectSchema('params', route.params),
      // The members of a platform's handshake are the platform's own.
      ...objectSchema('query', route.query),
      ...objectSchema('headers', route.headers),
      ...(route.body && {
        body: {
          required: true,
          content: { 'application/json': { schema: route.body, example: route.bodyExample } },
        },
      }),
      ...(route.rawBodyLimit !== undefined && {
        body: {
          required: true,
          description: "The platform's own format, read leniently.",
          content: { 'application/json': { schema: z.unknown(), example: { entry: [] } } },
        },
      }),
    },
    responses: { ...errorResponses(route), ...okResponses(route) },
  });
}

function objectSchema(name: 'params' | 'query' | 'headers', schema: z.ZodType | undefined) {
  return schema instanceof z.ZodObject ? { [name]: schema } : {};
}

const requestIdHeader = {
  'X-Request-Id': {
    description: 'Yours, if it was 1 to 64 letters, digits, `_` or `-`; otherwise a new one.',
    schema: { type: 'string' as const },
  },
};

function okResponses(route: Route) {
  return Object.fromEntries(
    Object.entries(route.responses).map(([status, spec]) => [status, okResponse(spec)]),
  );
}

function okResponse({
  description,
  schema,
  example,
  contentType = 'application/json',
}: ResponseSpec) {
  const content = schema && { content: { [contentType]: { schema, example } } };
  return { description, headers: requestIdHeader, ...content };
}

/** The codes of a route: its own, and those that follow from what it takes. */
export function errorCodesOf(route: Route): ErrorCode[] {
  const hasInput = hasOtherParams(route) || (route.query ?? route.headers ?? route.body);
  return [
    ...new Set<ErrorCode>([
      ...(hasInput ? (['validation_failed'] as const) : []),
      ...(route.body
        ? (['invalid_body', 'body_too_large', 'unsupported_media_type'] as const)
        : []),
      ...(route.rawBodyLimit ? (['invalid_body'] as const) : []),
      ...(route.auth === 'public' ? [] : (['unauthorized', 'rate_limited'] as const)),
      ...(route.auth === 'admin' ? (['role_forbidden'] as const) : []),
      ...(route.errors ?? []),
      ...(route.auth === 'public' ? [] : (['service_unavailable'] as const)),
      'internal_error',
    ]),
  ];
}

function errorResponses(route: Route) {
  const byStatus = Map.groupBy(errorCodesOf(route), statusOf);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${ERROR_TITLES[code]}.`).join('\n\n'),
        headers: requestIdHeader,
        content: {
          'application/problem+json': {
            schema: ErrorResponse,
            examples: Object.fromEntries(
              codes.map((code) => [code, { value: errorExample(code) }]),
            ),
          },
        },
      },
    ]),
  );
}

function errorExample(code: ErrorCode) {
  const pointed = { in: 'body' as const, pointer: '/message', detail: 'must not be empty' };
  const error = new ApiError(code, {
    ...(code === 'validation_failed' ? { detail: 'body /message: must not be empty' } : {}),
    ...(code === 'validation_failed' ? { errors: [pointed] } : {}),
    ...(code === 'idempotency_conflict'
      ? { messageId: '3f2b8c1e-9a4d-4e6f-8b7a-1c2d3e4f5a6b' }
      : {}),
    ...stateExample(code),
  });
  return problemOf(error, '0f8fad5b-d9cb-469f-a165-70867728950e');
}

const STATE_EXAMPLES: Partial<Record<ErrorCode, string>> = {
  message_state_conflict: 'delivered',
  dead_letter_not_open: 'replaying',
  bulk_replay_over: 'done',
};

function stateExample(code: ErrorCode): { state?: string } {
  const state = STATE_EXAMPLES[code];
  return state === undefined ? {} : { state };
}

function registerEvent(registry: OpenAPIRegistry, type: CrmEventType): void {
  registry.registerWebhook({
    method: 'post',
    path: type,
    operationId: `on_${type.replace('.', '_')}`,
    summary: WEBHOOK_SUMMARIES[type],
    description: WEBHOOK_DESCRIPTIONS[type],
    security: [],
    request: {
      body: {
        required: true,
        content: {
          'application/json': { schema: eventSchemas[type], example: eventExamples[type] },
        },
      },
    },
    responses: {
      '2XX': { description: 'Taken. Anything else is repeated: see *Webhooks* above.' },
      '410': { description: 'Do not call this address again until it is set anew.' },
    },
  });
}
