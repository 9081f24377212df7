import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { quantile, type BenchOptions, type BenchRow } from "../measure.ts";

export const question = "How long does importing Gatewatch take, and how large is it inside a bundle?";
export const notes =
  "In an empty process each, in turns with one that imports nothing; the lower quintile of both. Beside the modules of Node: in a process that has loaded `http`, `crypto`, `net` and `zlib`, as every server has.";

const ENTRIES = ["express", "http", "fastify", "koa", "hono", "fetch", "detect"];
const SERVER = 'for (const name of ["http", "crypto", "net", "zlib"]) process.getBuiltinModule(name);';
const NOTHING = "data:text/javascript,";
const execute = promisify(execFile);
const { resolve } = createRequire(import.meta.url);

interface Esbuild {
  build(options: object): Promise<{ outputFiles: { contents: Uint8Array }[] }>;
}

/** Milliseconds in a process of its own. */
async function timeImport(name: string, before: string): Promise<number> {
  const script = `${before} const start = performance.now(); await import(${JSON.stringify(name)}); console.log(performance.now() - start);`;
  const { stdout } = await execute(process.execPath, ["--input-type=module", "-e", script], {
    cwd: import.meta.dirname,
  });
  return Number(stdout);
}

async function sizeBundle({ build }: Esbuild, entry: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from "gatewatch/${entry}";`, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "node",
    external: ["express", "fastify", "koa", "hono"],
    logLevel: "error",
  });
  return outputFiles.reduce((sum, { contents }) => sum + contents.byteLength, 0) / 1024;
}

export async function run({ quick, progress }: BenchOptions): Promise<BenchRow[]> {
  const rounds = quick ? 3 : 20;
  const times = new Map<string, { empty: number[]; server: number[] }>();
  for (const entry of ["", ...ENTRIES]) times.set(entry, { empty: [], server: [] });
  for (let round = 0; round < rounds; round++) {
    progress(`round ${round + 1} of ${rounds}`);
    for (const [entry, { empty, server }] of times) {
      const name = entry === "" ? NOTHING : `gatewatch/${entry}`;
      empty.push(await timeImport(name, ""));
      server.push(await timeImport(name, SERVER));
    }
  }
  const nothing = times.get("")!;
  const emptyMs = quantile(nothing.empty, 0.2);
  const serverMs = quantile(nothing.server, 0.2);
  // Installed for the tests of bundles, not for this package.
  const esbuild = (await import(resolve("esbuild"))) as Esbuild;
  const rows: BenchRow[] = [];
  for (const entry of ENTRIES) {
    const { empty, server } = times.get(entry)!;
    rows.push(
      { name: `gatewatch/${entry}: import`, value: quantile(empty, 0.2) - emptyMs, unit: "ms" },
      { name: `gatewatch/${entry}: import beside Node's modules`, value: quantile(server, 0.2) - serverMs, unit: "ms" },
      { name: `gatewatch/${entry}: bundled and minified`, value: await sizeBundle(esbuild, entry), unit: "KiB" },
    );
  }
  return rows;
}
