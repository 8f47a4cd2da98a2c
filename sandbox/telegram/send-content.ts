import { randomInt } from 'node:crypto';
import { refusals } from './errors.ts';
import type { Json } from './json.ts';
import type { Method, MethodCall, MethodDeps } from './method.ts';
import type { Parameters } from './parameters.ts';
import { reachableChat } from './reachable.ts';
import { send } from './send.ts';

/** A method that sends what is read from its parameters alone. */
function sends(read: (params: Parameters) => Json): Method {
  return (deps: MethodDeps, call: MethodCall) => {
    const content = read(call.params);
    return { result: send(deps, call, reachableChat(deps.state, call.bot, call.params), content) };
  };
}

/** https://core.telegram.org/bots/api#sendlocation */
export const sendLocation = sends((params) => ({ location: readLocation(params) }));

/** https://core.telegram.org/bots/api#sendvenue */
export const sendVenue = sends((params) => {
  const { latitude, longitude } = readLocation(params);
  const location = { latitude, longitude };
  const more = ['foursquare_id', 'foursquare_type', 'google_place_id', 'google_place_type'];
  return {
    location,
    venue: {
      location,
      title: required(params, 'title'),
      address: required(params, 'address'),
      ...texts(params, more),
    },
  };
});

/** https://core.telegram.org/bots/api#sendcontact */
export const sendContact = sends((params) => ({
  contact: {
    phone_number: required(params, 'phone_number'),
    first_name: required(params, 'first_name'),
    ...texts(params, ['last_name', 'vcard']),
  },
}));

/** The highest value of each: https://core.telegram.org/bots/api#senddice */
const DICE: Record<string, number> = { '🎲': 6, '🎯': 6, '🎳': 6, '🏀': 5, '⚽': 5, '🎰': 64 };

export const sendDice = sends((params) => {
  const emoji = (params.text('emoji') || '🎲').replaceAll('\ufe0f', '');
  const highest = DICE[emoji];
  if (highest === undefined) throw refusals.badRequest('wrong dice emoji specified');
  return { dice: { emoji, value: randomInt(1, highest + 1) } };
});

/** A text that must be there. Throws 400. */
export function required(params: Parameters, name: string): string {
  const text = params.text(name)?.trim();
  if (text) return text;
  throw refusals.badRequest(`parameter "${name}" is required`);
}

function texts(params: Parameters, names: string[]): Json {
  return Object.fromEntries(
    names.flatMap((name) => {
      const text = params.text(name);
      return text ? [[name, text]] : [];
    }),
  );
}

const LIVE_MEMBERS = ['live_period', 'heading', 'proximity_alert_radius'];

function readLocation(params: Parameters): Json {
  const latitude = degrees(params, 'latitude', 90);
  const longitude = degrees(params, 'longitude', 180);
  const accuracy = Number(params.text('horizontal_accuracy') ?? 0);
  const live = LIVE_MEMBERS.flatMap((name) => {
    const value = params.integer(name);
    return value ? [[name, value] as const] : [];
  });
  return {
    ...{ latitude, longitude },
    ...(accuracy > 0 && { horizontal_accuracy: accuracy }),
    ...Object.fromEntries(live),
  };
}

function degrees(params: Parameters, name: string, limit: number): number {
  const text = params.text(name) ?? '';
  if (text === '') throw refusals.badRequest(`${name} is empty`);
  const value = Number(text);
  if (Number.isFinite(value) && Math.abs(value) <= limit) return value;
  throw refusals.badRequest('wrong location specified');
}
