import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

test("each screen, when it is the first, loads within the budget", () => {
  const script = join(import.meta.dirname, "../../dev/check-size.ts");
  const sizes = execFileSync(process.execPath, [script], { encoding: "utf8" });
  expect(sizes).not.toContain("over the limit");
  expect(sizes.match(/^(?:overview|issues|issue|live) /gm)).toHaveLength(4);
});
