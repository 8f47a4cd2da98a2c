/** How many requests of one kind may be under way, so that one who hangs cannot starve the rest. */
export type Slots = {
  /** Takes a place and gives back how to return it; null when all of the key's are taken. */
  take(key: string): (() => void) | null;
};

export function createSlots(perKey: number): Slots {
  const taken = new Map<string, number>();
  return {
    take(key) {
      const count = taken.get(key) ?? 0;
      if (count >= perKey) return null;
      taken.set(key, count + 1);
      return () => {
        const left = (taken.get(key) ?? 1) - 1;
        if (left > 0) taken.set(key, left);
        else taken.delete(key);
      };
    },
  };
}
