import { join } from 'node:path';
import { judge, prepareTask } from '../conversation.ts';
import { readyProgram } from '../files.ts';
import type { Part } from '../part.ts';

export const OPENAPI_FETCH: Part = {
  name: 'openapi-fetch',
  title: 'openapi-typescript 7.13.0, openapi-fetch 0.17.0, TypeScript 5.9.3 (strict)',
  needs: ['npm'],
  async run(place) {
    const { copy, folder, tools } = place;
    const main = readyProgram('openapi-fetch/main.mts', folder);
    await tools.npmInstall([
      'openapi-typescript@7.13.0',
      'openapi-fetch@0.17.0',
      'typescript@5.9.3',
      '@types/node@24.19.2',
    ]);
    await tools.run('openapi-typescript', [copy.openApiFile, '--output', join(folder, 'api.d.ts')]);
    await tools.run('tsc', ['--strict', '--module', 'nodenext', '--target', 'es2022', main]);
    const task = await prepareTask(place, 'openapi-fetch');
    return judge(await tools.run('node', ['main.mjs'], { env: task.env }), task, place);
  },
};
