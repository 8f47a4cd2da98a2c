import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import Router from '@koa/router';
import type { Parts } from './parts.ts';
import { createView } from './view.ts';

const FOLDER = new URL('page/', import.meta.url);
const FILES = new Set([
  ...[
    'index.html',
    'favicon.svg',
    'page.css',
    'chat.css',
    'between.css',
    'crm.css',
    'details.css',
    'platforms.css',
    'small.css',
  ],
  ...['page.js', 'dom.js', 'phone.js', 'phone-sheet.js', 'sheet.js', 'between.js', 'crm.js'],
  ...['phone-kinds.js', 'safe-link.js', 'money.js'],
  ...[
    'bubble',
    'compose',
    'contact',
    'details',
    'outlook',
    'send',
    'sheet',
    'table',
    'template',
  ].map((name) => `crm-${name}.js`),
]);
/** Only our own files, and no inline code: text of customers must never become a script. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page, its view as JSON, and the stream that says when to ask for the view again. */
export function createPageRoutes(parts: Parts): Router {
  const router = new Router();
  router.get('/view', (ctx) => {
    const asked = (name: string) => {
      const value = ctx.query[name];
      return typeof value === 'string' ? value : null;
    };
    ctx.set('cache-control', 'no-store');
    ctx.body = createView(parts, { channel: asked('channel'), customer: asked('customer') });
  });
  router.get('/events', (ctx) => {
    ctx.set({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    ctx.type = 'text/event-stream';
    ctx.body = parts.hub.subscribe();
  });
  router.get(['/', '/:file'], async (ctx, next) => {
    const name = ctx.params['file'] ?? 'index.html';
    if (!FILES.has(name)) return next();
    ctx.set({
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    });
    ctx.type = extname(name);
    ctx.body = await readFile(new URL(name, FOLDER));
  });
  return router;
}
