/** Where a list stood when it was left, by its address, so that going back finds it again. */
const places = new Map<string, { offset: number; cursor: number }>();
const MAX_PLACES = 20;
let lastList = "";

export function keepPlace(key: string, place: { offset: number; cursor: number }): void {
  places.delete(key);
  places.set(key, place);
  const oldest = places.keys().next().value;
  if (places.size > MAX_PLACES && oldest !== undefined) places.delete(oldest);
}

export function findPlace(key: string): { offset: number; cursor: number } | undefined {
  return places.get(key);
}

/** The address of the list that was seen last, for the way back. */
export function keepLastList(address: string): void {
  lastList = address;
}

export function findLastList(): string {
  return lastList;
}
