import {
  type Answer,
  httpAnswers,
  metaError,
  refused,
  throttled,
  transient,
  unauthorized,
} from './platform-answer-table.ts';

const all = (codes: number[], rest: Omit<Answer, 'name'>) =>
  codes.map((code) => metaError(code, null, rest));

/** Every error that WhatsApp documents for a message, and what has to become of it. */
export const WHATSAPP_ANSWERS: Answer[] = [
  metaError(190, null, { ...unauthorized, status: 401 }),
  ...all([0, 3, 10, 200, 131_005, 368, 131_031, 131_048], unauthorized),
  ...all([33, 131_045, 133_010, 133_006], unauthorized),
  ...all([130_497, 131_042, 131_064], refused),
  ...all([4, 80_007, 131_208], throttled),
  metaError(130_429, null, { ...throttled, status: 429 }),
  metaError(131_056, null, throttled),
  // About a minute, in which the number takes nothing.
  metaError(131_057, null, { ...throttled, status: 503 }),
  ...all([1, 2, 131_016, 133_004], transient),
  metaError(131_000, null, { ...transient, status: 500 }),
  ...all([131_047, 131_026, 130_403, 131_050, 131_049, 130_472, 131_021, 131_030], refused),
  ...all([131_062, 100, 131_008, 131_009, 135_000, 131_051, 131_052, 131_053], refused),
  ...all([132_000, 132_001, 132_005, 132_007, 132_012, 132_015, 132_016], refused),
  ...all([131_020, 131_041, 131_201], refused),
  ...httpAnswers('sent'),
];
