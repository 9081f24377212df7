import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));

const SOURCES: Record<string, string> = {
  index: "./index.ts",
  express: "./adapters/express.ts",
  http: "./adapters/http.ts",
  fastify: "./adapters/fastify.ts",
  koa: "./adapters/koa.ts",
  nest: "./adapters/nest.ts",
  fetch: "./adapters/fetch.ts",
  hono: "./adapters/hono.ts",
  next: "./adapters/next.ts",
  "next-edge": "./adapters/next-edge.ts",
  detect: "./detect-client/detect.ts",
};
/** Each for `import` and for `require` by itself: they run where no `require` is. */
const WHOLE = new Set(["detect", "next-edge"]);
/** Of files that are not minified; 10 KB of them take a quarter of a millisecond. */
const MAX_KB = 300;

/** What `script` gives to `tell`, in a process of its own that has what every server has; `load` and `require` give entries. */
function ask<T>(script: string): T {
  const program = `
    import { createRequire } from "node:module";
    for (const name of ["http", "crypto", "net", "zlib"]) process.getBuiltinModule(name);
    const modules = new Set(process.moduleLoadList);
    const require = createRequire(${JSON.stringify(dist)});
    const load = (entry) => import(${JSON.stringify(pathToFileURL(dist).href)} + entry + ".mjs");
    const tell = (answer) => process.stdout.write("answer: " + JSON.stringify(answer) + "\\n");
    ${script}
    process.exit();`;
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" });
  // Beside it there may be lines of the local log.
  return JSON.parse(/^answer: (.*)$/m.exec(output)?.[1] ?? "") as T;
}

/** The package's files that `script` has read, and their bytes; those that entries share without their hash. */
function listFiles(script: string): Map<string, number> {
  const paths = ask<string[]>(`${script}; tell(Object.keys(require.cache));`);
  return new Map(paths.map((path) => [path.slice(dist.length).replace(/-[\w-]{8}\.cjs$/, ""), statSync(path).size]));
}

describe.each(Object.keys(SOURCES))("gatewatch's %s as it is published", (entry) => {
  it("has the names of its source, and the same things behind them by `import` and by `require`", async () => {
    const names = Object.keys((await import(SOURCES[entry]!)) as object).toSorted();
    const found = ask(`
      const [imported, required] = [await load("${entry}"), require("./${entry}.cjs")];
      const isSame = Object.keys(imported).every((name) => imported[name] === required[name]);
      tell([Object.keys(imported).sort(), Object.keys(required).sort(), isSame]);`);
    expect(found).toEqual([names, names, !WHOLE.has(entry)]);
  });
});

describe.each([
  ["express", "shared/node"],
  ["http", "shared/node"],
  ["fastify", "shared/node"],
  ["koa", "shared/node"],
  ["fetch", "shared/fetch"],
  ["hono", "shared/fetch"],
])("importing gatewatch/%s", (entry, platform) => {
  it("loads none of Node's modules that a server does without", () => {
    const loaded = ask<string[]>(
      `await load("${entry}"); tell(process.moduleLoadList.filter((name) => !modules.has(name)));`,
    );
    expect(loaded.filter((name) => /^NativeModule (?!internal\/)/.test(name))).toEqual([]);
  });

  it("reads what a request needs, and no more", () => {
    const files = listFiles(`await load("${entry}")`);
    expect([...files.keys()].toSorted()).toEqual([`${entry}.cjs`, "shared/core", platform]);
    expect([...files.values()].reduce((sum, bytes) => sum + bytes) / 1024).toBeLessThan(MAX_KB);
  });
});

describe("setting up a gate reads what is switched on alone:", () => {
  const USUAL = ["express.cjs", "shared/core", "shared/node", "shared/options", "shared/recording"];

  it.each([
    ["nothing", "{}", []],
    ["a server", "{ url: 'http://127.0.0.1:9', token: 'gwi_0123456789abcdef' }", ["shared/ship"]],
    ["rate limits", "{ rateLimit: { enabled: true, limit: 10 } }", ["shared/rate-limit"]],
    ["a cache", "{ cache: { enabled: true } }", ["shared/cache"]],
    ["anomaly checks", "{ anomaly: { enabled: true } }", ["shared/detection"]],
    ["Slack", "{ slack: { webhookUrl: 'http://127.0.0.1:9/hook' } }", ["shared/channels", "shared/ship"]],
  ])("%s", (_, options, parts) => {
    const files = listFiles(`(await load("express")).gatewatch(${options})`);
    expect([...files.keys()].toSorted()).toEqual([...USUAL, ...parts].toSorted());
  });
});
