import type { Place } from '../part.ts';

/** The Java program, as its package on PyPI brings it. */
const PACKAGE = 'openapi-generator-cli==7.25.0';

/** Names it in the titles of its parts. */
export const OPENAPI_GENERATOR = 'openapi-generator 7.25.0';

/** Has openapi-generator write a client into the folder `client`. */
export async function generate(
  { copy, tools }: Place,
  generator: string,
  properties: string[] = [],
): Promise<void> {
  await tools.pipInstall([PACKAGE]);
  await tools.run('openapi-generator-cli', [
    'generate',
    ...['--input-spec', copy.openApiFile, '--generator-name', generator, '--output', 'client'],
    ...properties.flatMap((property) => ['--additional-properties', property]),
  ]);
}
