import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataFolderError, holdDataLock } from "./hold-data-lock.ts";

describe("holdDataLock()", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "gatewatch-lock-"));
  });
  afterEach(() => {
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true });
  });

  it("refuses a second holder and names the first", () => {
    const release = holdDataLock(folder);
    expect(() => holdDataLock(folder)).toThrow(`process ${process.pid}`);
    release();
  });

  it("can be taken again once it was given back", () => {
    const release = holdDataLock(folder);
    release();
    expect(holdDataLock(folder)).toBeTypeOf("function");
  });

  it("ends with the process that held it", () => {
    const script = `import { holdDataLock } from ${JSON.stringify(import.meta.resolve("./hold-data-lock.ts"))}; holdDataLock(${JSON.stringify(folder)}); process.kill(process.pid, "SIGKILL");`;
    const result = spawnSync(process.execPath, ["--input-type=module", "-e", script]);
    expect(result.signal).toBe("SIGKILL");
    expect(holdDataLock(folder)).toBeTypeOf("function");
  });

  it("names a folder that cannot be made", () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    expect(() => holdDataLock(join(file, "data"))).toThrow(DataFolderError);
    expect(() => holdDataLock(join(file, "data"))).toThrow(/--data/);
  });

  it("names a file that is in the place of the folder, or of one above it", () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    expect(() => holdDataLock(file)).toThrow(`${file} cannot be used: it is a file, not a folder. Give another one`);
    expect(() => holdDataLock(join(file, "data"))).toThrow(`: ${file} is a file, not a folder.`);
  });

  it.runIf(process.platform === "linux")(
    "names a file system that takes no folders, instead of trying for ever",
    () => {
      expect(() => holdDataLock("/proc/gatewatch/data")).toThrow(DataFolderError);
    },
  );
});
