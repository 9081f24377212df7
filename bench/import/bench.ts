import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { quantile, type BenchOptions, type BenchRow } from "../measure.ts";

export const question = "How long does importing Gatewatch take, and how large is it inside a bundle?";
export const notes =
  "Each in a process of its own, in turns with one that imports nothing, which is taken off; the lower quintiles. Beside the modules of Node: in a process that has loaded `http`, `crypto`, `net` and `zlib`, as every server has. Set up: imported, and `gatewatch()` called with no options.";

const ENTRIES = ["express", "http", "fastify", "koa", "hono", "fetch", "detect"];
const SET_UP = ["express", "koa", "hono"];
const SERVER = 'for (const name of ["http", "crypto", "net", "zlib"]) process.getBuiltinModule(name);';
const NOTHING = "data:text/javascript,";
const execute = promisify(execFile);
const { resolve } = createRequire(import.meta.url);

interface Esbuild {
  build(options: object): Promise<{ outputFiles: { contents: Uint8Array }[] }>;
}

interface Took {
  cpuMs: number;
  wallMs: number;
}

/** In a process of its own. */
async function time(before: string, timed: string): Promise<Took> {
  const script = `${before}; const cpu = process.cpuUsage(), wall = performance.now(); ${timed};
    const { user, system } = process.cpuUsage(cpu);
    const took = { cpuMs: (user + system) / 1000, wallMs: performance.now() - wall };
    process.stdout.write("took " + JSON.stringify(took) + "\\n"); process.exit();`;
  const { stdout } = await execute(process.execPath, ["--input-type=module", "-e", script], {
    cwd: import.meta.dirname,
  });
  // Beside it there may be lines of the local log.
  return JSON.parse(/^took (.*)$/m.exec(stdout)?.[1] ?? "") as Took;
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
  const cases = new Map<string, { before: string; timed: string; took: Took[] }>();
  for (const entry of ["", ...ENTRIES]) {
    const timed = `await import(${JSON.stringify(entry === "" ? NOTHING : `gatewatch/${entry}`)})`;
    cases.set(`${entry} alone`, { before: "", timed, took: [] });
    cases.set(`${entry} beside`, { before: SERVER, timed, took: [] });
  }
  for (const entry of SET_UP) {
    cases.set(`${entry} set up`, {
      before: SERVER,
      timed: `(await import("gatewatch/${entry}")).gatewatch()`,
      took: [],
    });
  }
  for (let round = 0; round < rounds; round++) {
    progress(`round ${round + 1} of ${rounds}`);
    for (const { before, timed, took } of cases.values()) took.push(await time(before, timed));
  }
  const least = (name: string, figure: keyof Took): number =>
    quantile(
      cases.get(name)!.took.map((each) => each[figure]),
      0.2,
    );
  const beyond = (name: string, nothing: string, figure: keyof Took): number =>
    least(name, figure) - least(nothing, figure);
  // Installed for the tests of bundles, not for this package.
  const esbuild = (await import(resolve("esbuild"))) as Esbuild;
  const rows: BenchRow[] = [];
  for (const entry of ENTRIES) {
    const [alone, beside] = [`${entry} alone`, `${entry} beside`];
    const name = `gatewatch/${entry}`;
    rows.push(
      { name: `${name}: import beside Node's modules, CPU`, value: beyond(beside, " beside", "cpuMs"), unit: "ms" },
      { name: `${name}: import beside Node's modules`, value: beyond(beside, " beside", "wallMs"), unit: "ms" },
      { name: `${name}: import alone, CPU`, value: beyond(alone, " alone", "cpuMs"), unit: "ms" },
    );
    if (SET_UP.includes(entry)) {
      rows.push({ name: `${name}: set up, CPU`, value: beyond(`${entry} set up`, " beside", "cpuMs"), unit: "ms" });
    }
    rows.push({ name: `${name}: bundled and minified`, value: await sizeBundle(esbuild, entry), unit: "KiB" });
  }
  return rows;
}
