import Router from '@koa/router';
import { sampleFile } from './sample-file.ts';

/** Files that the CRM may send by their address: one of each kind, taken by every platform. */
const SAMPLES = [
  { type: 'image', name: 'menu.png', mime_type: 'image/png' },
  { type: 'document', name: 'price-list.pdf', mime_type: 'application/pdf' },
  { type: 'video', name: 'tour.mp4', mime_type: 'video/mp4' },
  { type: 'audio', name: 'greeting.m4a', mime_type: 'audio/mp4' },
];

/** With the addresses at which the fake platforms fetch them. */
export function sampleLinks(origin: string): object[] {
  return SAMPLES.map((sample) => ({ ...sample, url: `${origin}/samples/${sample.name}` }));
}

/** `GET /samples/{name}`. */
export function createSampleRoutes(): Router {
  const router = new Router({ prefix: '/samples' });
  router.get('/:name', (ctx, next) => {
    const sample = SAMPLES.find(({ name }) => name === ctx.params['name']);
    if (!sample) return next();
    ctx.type = sample.mime_type;
    return void (ctx.body = sampleFile(sample.name).bytes);
  });
  return router;
}
