import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { z } from 'zod';
import { defineRoute, type Route } from '../route.ts';

const resolve = createRequire(import.meta.url).resolve;

const CSP_COMMON =
  "default-src 'none'; script-src 'self'; img-src 'self' data:; font-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const SWAGGER_CSP = `${CSP_COMMON}; style-src 'self'`;
/** Redoc writes its styles into the page and searches in a worker that it makes itself. */
const REDOC_CSP = `${CSP_COMMON}; style-src 'self' 'unsafe-inline'; worker-src blob:`;

const SWAGGER_PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Chat4All API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/index.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png"></head>
<body><div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/init.js"></script></body>
</html>
`;

// No `queryConfigEnabled`: an address with ?url= must not show somebody else's API here.
const SWAGGER_INIT = `window.ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

const REDOC_PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Chat4All API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
<style>body { margin: 0 }</style></head>
<body><redoc spec-url="/openapi.json"></redoc>
<script src="/redoc/redoc.standalone.js"></script></body>
</html>
`;

const HTML = 'text/html; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';

/** The document and its two readers. Assets come from our own packages, never from a CDN. */
export function createDocsRoutes(openApi: () => object): Route[] {
  return [
    page('/openapi.json', 'application/json; charset=utf-8', async () => JSON.stringify(openApi())),
    page('/docs', HTML, async () => SWAGGER_PAGE, SWAGGER_CSP),
    page('/docs/init.js', SCRIPT, async () => SWAGGER_INIT),
    asset('/docs/swagger-ui-bundle.js', SCRIPT, 'swagger-ui-dist/swagger-ui-bundle.js'),
    asset('/docs/swagger-ui.css', 'text/css; charset=utf-8', 'swagger-ui-dist/swagger-ui.css'),
    asset('/docs/index.css', 'text/css; charset=utf-8', 'swagger-ui-dist/index.css'),
    asset('/docs/favicon-32x32.png', 'image/png', 'swagger-ui-dist/favicon-32x32.png'),
    page('/redoc', HTML, async () => REDOC_PAGE, REDOC_CSP),
    asset(
      '/redoc/redoc.standalone.js',
      SCRIPT,
      'redoc/bundles/redoc.standalone.js',
      withoutOutsideLogo,
    ),
  ];
}

function page(
  path: string,
  contentType: string,
  content: () => Promise<string | Buffer>,
  policy?: string,
  cache = 'no-cache',
): Route {
  return defineRoute({
    method: 'get',
    path,
    operationId: path,
    summary: path,
    description: '',
    tags: [],
    auth: 'public',
    hidden: true,
    responses: {
      200: {
        description: 'A page.',
        schema: z.union([z.string(), z.instanceof(Buffer)]),
        contentType,
      },
    },
    async handle() {
      const headers = policy === undefined ? {} : { 'Content-Security-Policy': policy };
      return {
        status: 200,
        headers: { ...headers, 'Cache-Control': cache },
        body: await content(),
      };
    },
  });
}

/** A file of a package, read once, when it is first asked for, and `change`d where it must be. */
function asset(
  path: string,
  contentType: string,
  file: string,
  change: (content: Buffer) => Buffer = (content) => content,
): Route {
  let content: Promise<Buffer> | undefined;
  const load = () => (content ??= readFile(resolve(file)).then(change));
  return page(path, contentType, load, undefined, 'public, max-age=3600');
}

const OUTSIDE_LOGO = /https:\/\/cdn\.redoc\.ly\/[\w./-]+\.svg/g;
const NO_LOGO = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E";

/** The policy of the page lets no picture in from elsewhere: each visit would log an error. */
function withoutOutsideLogo(bundle: Buffer): Buffer {
  return Buffer.from(bundle.toString().replaceAll(OUTSIDE_LOGO, NO_LOGO));
}
