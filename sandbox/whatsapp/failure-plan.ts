import { z } from 'zod';
import { failureOf } from './errors.ts';
import type { Failure } from './state.ts';

/** Sends that are answered with 200 and fail later, as `PUT /control/whatsapp/failures` takes them. */
export const FailuresSchema = z.array(
  z.strictObject({
    code: z.int(),
    title: z.string().optional(),
    details: z.string().optional(),
    /** Text within the body of the send; without it any send. */
    match: z.string().default(''),
    /** How many sends; null: until the list is replaced. */
    times: z.int().min(1).nullable().default(1),
  }),
);

type Planned = z.output<typeof FailuresSchema>[number];

export type FailurePlan = {
  replace(planned: Planned[]): void;
  list(): Planned[];
  /** The failure of this send, if one is planned; one that is used up leaves the list. */
  take(body: string): Failure | null;
};

export function createFailurePlan(): FailurePlan {
  let plan: Planned[] = [];
  return {
    replace: (planned) => void (plan = planned),
    list: () => plan,
    take(body) {
      const planned = plan.find(({ match }) => body.includes(match));
      if (!planned) return null;
      if (planned.times !== null) planned.times -= 1;
      plan = plan.filter(({ times }) => times !== 0);
      const usual = failureOf(planned.code);
      return {
        code: planned.code,
        title: planned.title ?? usual.title,
        details: planned.details ?? usual.details,
      };
    },
  };
}
