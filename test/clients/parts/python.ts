import { judge, prepareTask } from '../conversation.ts';
import { readyProgram } from '../files.ts';
import type { Part } from '../part.ts';

export const PYTHON: Part = {
  name: 'python',
  title: 'openapi-python-client 0.29.1',
  needs: ['python3'],
  async run(place) {
    const { copy, folder, tools } = place;
    // ruff tidies what was generated; without it the generator warns.
    const python = await tools.pipInstall(['openapi-python-client==0.29.1', 'ruff==0.14.6']);
    await tools.run('openapi-python-client', [
      ...['generate', '--path', copy.openApiFile, '--meta', 'none'],
      ...['--output-path', 'client', '--fail-on-warning'],
    ]);
    await tools.run(python, [readyProgram('python/every_module.py', folder)]);
    const main = readyProgram('python/main.py', folder);
    const task = await prepareTask(place, 'python');
    return judge(await tools.run(python, [main], { env: task.env }), task, place);
  },
};
