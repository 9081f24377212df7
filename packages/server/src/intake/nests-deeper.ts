/** Whether lists and objects lie deeper within each other than so many levels. */
export function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  for (const item of Array.isArray(value) ? value : Object.values(value))
    if (typeof item === "object" && nestsDeeper(item, levels - 1)) return true;
  return false;
}
