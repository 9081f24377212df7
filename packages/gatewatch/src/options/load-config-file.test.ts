import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfigFile } from "./load-config-file.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "gatewatch-config-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("loadConfigFile()", () => {
  it("is undefined without a file", () => {
    expect(loadConfigFile(folder)).toBeUndefined();
  });

  it.each([
    ["mts", "const preset: string = 'api';\nexport default { preset };"],
    ["ts", "export default { preset: 'api' as const };"],
    ["mjs", "export default { preset: 'api' };"],
    ["cjs", "module.exports = { preset: 'api' };"],
  ])("reads gatewatch.config.%s", (ending, text) => {
    writeFileSync(join(folder, `gatewatch.config.${ending}`), text);
    expect(loadConfigFile(folder)).toMatchObject({ preset: "api" });
  });

  it.each([
    ["await Promise.resolve(); export default {};", /top-level await/],
    ["throw new Error('broken');", /could not be loaded: Error: broken/],
    ["export default 7;", /must export the options/],
  ])("refuses %s with the reason", (text, reason) => {
    writeFileSync(join(folder, "gatewatch.config.mts"), text);
    expect(() => loadConfigFile(folder)).toThrow(reason);
  });
});
