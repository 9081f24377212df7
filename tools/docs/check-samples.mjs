// Type-checks the samples of the docs against the sources: each ```ts and ```js block is a module of its own.
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SAMPLE = /^ *```(ts|js|mts)\n([\s\S]*?)^ *```$/gm;
/** Samples are fragments: names of the reader's app (`pay`, `redis`) and packages that only some apps have may be unknown. */
const isForeign = (code, message) =>
  message.startsWith("Cannot find name") ||
  code === "TS18004" ||
  (code === "TS2307" && !message.includes("'gatewatch"));
/** What may be undefined is no concern of a sample in JavaScript. */
const LOOSE = new Set(["TS2532", "TS18047", "TS18048", "TS2531"]);
const CORE = ["createGatewatch", "createMiddlewareStack", "currentExchange"];
const ADAPTERS = new Set(["express", "http", "fastify", "koa", "hono", "fetch"]);

/** What a fragment takes for granted, on one line so that the lines after it keep their numbers. */
function introduce(page, source) {
  const adapter = /frameworks\/([a-z]+)\.md$/.exec(page)?.[1] ?? "express";
  const isSaid = (name) =>
    new RegExp(`import \\{[^}]*\\b${name}\\b[^}]*\\}|(?:const|let|function) ${name}\\b`).test(source);
  const given = (names, module) => {
    const missing = names.filter((name) => !isSaid(name) && source.includes(name));
    return missing.length === 0 ? "" : `import { ${missing.join(", ")} } from "${module}"; `;
  };
  return `${given(["gatewatch", "guard"], `gatewatch/${ADAPTERS.has(adapter) ? adapter : "express"}`)}${given(CORE, "gatewatch")}export {};`;
}

/** @returns the problems, each with its page and line. */
export function checkSamples(root, pages) {
  const folder = join(root, "node_modules", ".cache", "gatewatch-docs");
  mkdirSync(folder, { recursive: true });
  for (const name of globSync("*.{ts,mts}", { cwd: folder })) rmSync(join(folder, name));
  const samples = new Map();
  for (const { page, text } of pages) {
    for (const match of text.matchAll(SAMPLE)) {
      const [, language, source] = match;
      const name = `${page.replaceAll(/[^a-z0-9]+/gi, "-")}-${samples.size}.${language === "mts" ? "mts" : "ts"}`;
      samples.set(name, { page, line: text.slice(0, match.index).split("\n").length, isLoose: language === "js" });
      writeFileSync(join(folder, name), `${introduce(page, source)}\n${source}`);
    }
  }
  const config = {
    extends: join(root, "tsconfig.base.json"),
    compilerOptions: {
      noImplicitAny: false,
      experimentalDecorators: true,
      verbatimModuleSyntax: false,
      isolatedModules: false,
      erasableSyntaxOnly: false,
      incremental: true,
      tsBuildInfoFile: join(folder, "samples.tsbuildinfo"),
    },
    files: [...samples.keys()],
  };
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(root, "node_modules", ".bin", "tsc");
  if (!existsSync(tsc) || samples.size === 0) return [];
  const { stdout } = spawnSync(tsc, ["-p", folder, "--pretty", "false"], { cwd: folder, encoding: "utf8" });
  const problems = [];
  // An explanation stands on the lines after its error, indented.
  for (const [, name, at, code, message] of stdout.matchAll(
    /^([^(\s]+)\((\d+),\d+\): error (TS\d+): (.*(?:\n .*)*)$/gm,
  )) {
    const sample = samples.get(name);
    if (sample === undefined || isForeign(code, message) || (sample.isLoose && LOOSE.has(code))) continue;
    problems.push(`${sample.page}:${sample.line + Number(at) - 1}: the sample is wrong: ${message}`);
  }
  return problems;
}
