/** Halves a histogram from its end on, and carries what is left of odd counts over to the next lower one: so that a thin tail stays. @returns the new sum */
export function halveCounts(counts: Uint16Array): number {
  let [carried, sum] = [0, 0];
  for (let at = counts.length - 1; at >= 0; at--) {
    const doubled = counts[at]! + carried;
    carried = doubled & 1;
    sum += counts[at] = doubled >> 1;
  }
  return sum;
}
