import { judge, prepareTask } from '../conversation.ts';
import { readyProgram } from '../files.ts';
import type { Part } from '../part.ts';
import { generate, OPENAPI_GENERATOR } from './generator.ts';

const MODULE = 'example.com/chat4all';

export const GO: Part = {
  name: 'go',
  title: `${OPENAPI_GENERATOR}, Go`,
  needs: ['python3', 'java', 'go'],
  async run(place) {
    const { folder, tools } = place;
    await generate(place, 'go');
    readyProgram('go/main.go', folder);
    await tools.run('go', ['mod', 'edit', '-module', `${MODULE}/client`, 'client/go.mod']);
    await tools.run('go', ['mod', 'init', MODULE]);
    await tools.run('go', ['work', 'init', '.', './client']);
    await tools.run('go', ['vet', './client', '.']);
    await tools.run('go', ['build', '-o', 'write', '.']);
    const task = await prepareTask(place, 'go');
    return judge(await tools.run('./write', [], { env: task.env }), task, place);
  },
};
