import type { ExceptionInfo } from "@gatewatch/protocol";

/**
 * Indexes of the exceptions that decide: the caught one and its causes in order; of an aggregate its members in a steady order, each kind once,
 * and the wrapper alone when they differ. `keyOf` names what is alike. Follows only links that point forward, so that a ring ends.
 */
export function selectExceptions(exceptions: ExceptionInfo[], keyOf: (index: number) => string): number[] {
  const children = new Map<number, number[]>();
  exceptions.forEach((exception, index) => {
    const parent = exception.parent ?? (index === 0 ? undefined : index - 1);
    if (parent === undefined || parent >= index || parent < 0) return;
    children.set(parent, [...(children.get(parent) ?? []), index]);
  });
  const visited = new Map<number, number[]>();
  const visit = (index: number): number[] => {
    const known = visited.get(index) ?? select(index);
    visited.set(index, known);
    return known;
  };
  const select = (index: number): number[] => {
    const below = children.get(index) ?? [];
    const members = below.filter((child) => exceptions[child]?.relation === "member");
    const causes = below.filter((child) => exceptions[child]?.relation !== "member").flatMap(visit);
    if (members.length === 0) return [index, ...causes];
    const kinds = new Map(members.map((member) => [visit(member).map(keyOf).join("\n"), member]));
    const [only] = kinds.values();
    if (kinds.size === 1 && only !== undefined) return [...visit(only), ...causes];
    const sorted = [...kinds.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return [index, ...sorted.flatMap(([, member]) => visit(member)), ...causes];
  };
  return exceptions.length === 0 ? [] : visit(0);
}
