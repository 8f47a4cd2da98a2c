import { EVENT_CASES } from './operators/events.ts';
import { FETCH_CASES } from './operators/fetches.ts';
import { MESSAGE_CASES } from './operators/messages.ts';
import { playCases } from './operators/play-cases.ts';

playCases([...MESSAGE_CASES, ...EVENT_CASES, ...FETCH_CASES], { retryDelays: '20,20' });
