import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { judge, prepareTask } from '../conversation.ts';
import { readyProgram } from '../files.ts';
import type { Part } from '../part.ts';
import { generate, OPENAPI_GENERATOR } from './generator.ts';

export const TYPESCRIPT_FETCH: Part = {
  name: 'typescript-fetch',
  title: `${OPENAPI_GENERATOR}, typescript-fetch, TypeScript 5.9.3 (strict)`,
  needs: ['python3', 'java', 'npm'],
  async run(place) {
    const { folder, tools } = place;
    await generate(place, 'typescript-fetch', ['importFileExtension=.js', 'supportsES6=true']);
    await tools.npmInstall(['typescript@5.9.3', '@types/node@24.19.2']);
    const main = readyProgram('typescript-fetch/main.mts', folder);
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    await tools.run('tsc', ['--strict', '--module', 'nodenext', '--target', 'es2022', main]);
    const task = await prepareTask(place, 'typescript-fetch');
    return judge(await tools.run('node', ['main.mjs'], { env: task.env }), task, place);
  },
};
