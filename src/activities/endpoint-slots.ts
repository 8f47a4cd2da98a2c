/** How many requests may be on their way to one endpoint, so that a slow CRM cannot starve the rest. */
export type EndpointSlots = {
  /** Takes a place and gives back how to return it; null when all are taken. */
  take(endpoint: string): (() => void) | null;
};

export function createEndpointSlots(perEndpoint: number): EndpointSlots {
  const taken = new Map<string, number>();
  return {
    take(endpoint) {
      const count = taken.get(endpoint) ?? 0;
      if (count >= perEndpoint) return null;
      taken.set(endpoint, count + 1);
      return () => {
        const left = (taken.get(endpoint) ?? 1) - 1;
        if (left > 0) taken.set(endpoint, left);
        else taken.delete(endpoint);
      };
    },
  };
}
