import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";

/** Where the open data lie that come with the repository. */
export const OPEN_DATA = join(import.meta.dirname, "data");

/** The files of one set: their paths without `.gz` and `.xz`, in order. */
export interface DataSet {
  readonly paths: readonly string[];
  read(path: string): string;
}

const PACKED = /\.(gz|xz)$/;

/**
 * Opens the folder `DIR/NAME`, or `DIR/NAME.tar.xz` or `.tar.gz` unpacked aside; undefined when `DIR` has neither.
 * @throws Error when a file needs the programs `xz` or `tar` and they are not there
 */
export function openDataSet(dir: string, name: string): DataSet | undefined {
  const folder = findFolder(dir, name);
  if (folder === undefined) return undefined;
  const files = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    files.set(relative(folder, file).replaceAll("\\", "/").replace(PACKED, ""), file);
  }
  return {
    paths: [...files.keys()].sort(),
    read(path) {
      const file = files.get(path);
      if (file === undefined) throw new Error(`${folder} has no file ${path}, plain, .gz or .xz.`);
      if (file.endsWith(".gz")) return gunzipSync(readFileSync(file)).toString("utf8");
      if (file.endsWith(".xz")) return runProgram("xz", ["-dc", file]);
      return readFileSync(file, "utf8");
    },
  };
}

function findFolder(dir: string, name: string): string | undefined {
  if (existsSync(join(dir, name))) return join(dir, name);
  const archive = [".tar.xz", ".tar.gz", ".tar"].map((end) => join(dir, name + end)).find((file) => existsSync(file));
  if (archive === undefined) return undefined;
  const target = mkdtempSync(join(tmpdir(), `detect-${name}-`));
  process.once("exit", () => rmSync(target, { recursive: true, force: true }));
  runProgram("tar", ["-xf", archive, "-C", target]);
  return existsSync(join(target, name)) ? join(target, name) : target;
}

function runProgram(program: string, args: string[]): string {
  try {
    return execFileSync(program, args, { encoding: "utf8", maxBuffer: 2 ** 30 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new Error(`${args.at(-1)} needs the program ${program}: install it, or pack the set as .gz files.`, {
      cause: error,
    });
  }
}
