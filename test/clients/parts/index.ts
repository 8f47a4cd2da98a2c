import type { Part } from '../part.ts';
import { GO } from './go.ts';
import { OPENAPI_FETCH } from './openapi-fetch.ts';
import { PYTHON } from './python.ts';
import { TYPESCRIPT_FETCH } from './typescript-fetch.ts';

export const PARTS: Part[] = [OPENAPI_FETCH, PYTHON, TYPESCRIPT_FETCH, GO];
