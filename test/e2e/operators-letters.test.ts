import { LETTER_CASES } from './operators/letters.ts';
import { MIRROR_CASES } from './operators/mirror.ts';
import { playCases } from './operators/play-cases.ts';
import { REPLAY_CASES } from './operators/replays.ts';

playCases([...LETTER_CASES, ...REPLAY_CASES, ...MIRROR_CASES], { retryDelays: '1,1' });
