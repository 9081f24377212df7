// Builds what is published, with the protocol package inside: CommonJS in parts that load at their first use, ES modules that hand on its names,
// and types that name no other package of this repository.
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { rolldown } from "rolldown";
import { loadOnDemand } from "./load-on-demand.mjs";

const root = import.meta.dirname;
const dist = join(root, "dist");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

const input = {
  index: join(root, "src/index.ts"),
  express: join(root, "src/adapters/express.ts"),
  http: join(root, "src/adapters/http.ts"),
  fastify: join(root, "src/adapters/fastify.ts"),
  koa: join(root, "src/adapters/koa.ts"),
  nest: join(root, "src/adapters/nest.ts"),
  fetch: join(root, "src/adapters/fetch.ts"),
  hono: join(root, "src/adapters/hono.ts"),
  next: join(root, "src/adapters/next.ts"),
};
/** Run where Node's modules do not exist: each bundled by itself, so that it shares no file with the others. */
const edgeInput = {
  "next-edge": join(root, "src/adapters/next-edge.ts"),
  detect: join(root, "src/detect-client/detect.ts"),
};

/** What the user brings: never inside, and all that may be imported beside Node's own modules. */
const PEERS = /^(?:express|fastify|hono|koa)(?:\/|$)/;

const settings = {
  platform: "node",
  external: [/^node:/, PEERS],
  resolve: { conditionNames: ["source", "import", "node"] },
  transform: { target: "node22" },
};

/**
 * What is read at its first use: the name of a file, and the modules in it unless one above has them. No import needs them, most of them only some
 * apps, and no function of theirs is called by name for each request of the default set-up.
 */
const ON_DEMAND = {
  detection: /^(?:detect\/src\/|gatewatch\/src\/(?:layers\/anomaly|detect-client)\/)/,
  cerberus:
    /^(?:protocol\/src\/cerberus-|gatewatch\/src\/(?:cerberus-|layers\/cerberus\/|ship\/(?:cerberus\/|create-cerberus-)))/,
  channels:
    /^(?:protocol\/src\/messages\/(?:escape-|render-(?:mail|slack))|gatewatch\/src\/ship\/(?:channels\/|create-(?:mail|slack)-))/,
  redis: /^gatewatch\/src\/state\/(?:redis|counters\/redis)/,
  "rate-limit": /^gatewatch\/src\/(?:state\/counters|layers\/rate-limit)\//,
  cache: /^gatewatch\/src\/(?:state\/|layers\/cache\/(?!cache-purges))/,
  ship: /^gatewatch\/src\/ship\/(?!clock|create-function-sink|idle-stats|own-agent|uuid-v7)/,
  "metrics-export":
    /^gatewatch\/src\/(?:create-metrics-handler|metrics\/(?:answer-|export-|format-|negotiate-|runtime-|write-))/,
  recording: /^(?:protocol\/src\/redact\/|gatewatch\/src\/record\/)/,
  options: /^gatewatch\/src\/options\/(?!values\/(?:level-of-status|slow-limits|status-set))/,
};

/** The parts of what is shared, the lowest last: none needs one above it. */
const AT_ONCE = {
  fetch: /^gatewatch\/src\/(?:adapters\/fetch\/|gate\/fetch\/(?!fetch-headers))/,
  node: /^gatewatch\/src\/(?:adapters\/(?:node|express|fastify)\/|gate\/node\/(?!node-headers))/,
  core: /^(?!gatewatch\/src\/adapters\/\w+\/)/,
};

const nameOf = (module) => relative(join(root, ".."), module).replaceAll("\\", "/");
const isEntry = (module) => Object.values(input).includes(module);

function divide() {
  const groups = Object.entries({ ...ON_DEMAND, ...AT_ONCE }).map(([name, pattern], index, { length }) => ({
    name,
    test: (module) => !isEntry(module) && pattern.test(nameOf(module)),
    priority: length - index,
    includeDependenciesRecursively: false,
  }));
  return { groups };
}

async function buildParts() {
  const bundle = await rolldown({
    ...settings,
    input,
    preserveEntrySignatures: "allow-extension",
    plugins: [
      loadOnDemand((file) =>
        Object.keys(ON_DEMAND).some((name) => file.startsWith(`./shared/${name}-`) || file.startsWith(`./${name}-`)),
      ),
    ],
  });
  const { output } = await bundle.write({
    dir: dist,
    format: "cjs",
    comments: false,
    codeSplitting: divide(),
    entryFileNames: "[name].cjs",
    chunkFileNames: "shared/[name]-[hash].cjs",
  });
  await bundle.close();
  for (const { isEntry: isOwn, name, fileName, exports } of output) {
    if (isOwn) writeFileSync(join(dist, `${name}.mjs`), `export { ${exports.join(", ")} } from "./${fileName}";\n`);
  }
}

/** Whole in one file, as ES module and as CommonJS. */
async function buildWhole(name, path) {
  const bundle = await rolldown({ ...settings, input: { [name]: path } });
  const output = { dir: dist, comments: false };
  await bundle.write({ ...output, format: "esm", entryFileNames: "[name].mjs" });
  await bundle.write({ ...output, format: "cjs", entryFileNames: "[name].cjs" });
  await bundle.close();
}

/** Declarations of this package and of those inside it, side by side: `dist/types/gatewatch/…`, `dist/types/protocol/…` and so on. */
function buildTypes() {
  const types = join(dist, "types");
  mkdirSync(types, { recursive: true });
  const config = join(types, "tsconfig.json");
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(root, "../../tsconfig.base.json"),
      compilerOptions: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        outDir: types,
        rootDir: join(root, ".."),
        // Resolved as sources of ours, not as an installed package, whose declarations would not be emitted.
        paths: {
          "@gatewatch/protocol": [join(root, "../protocol/src/index.ts")],
          "@gatewatch/protocol/*": [join(root, "../protocol/src/*.ts")],
          "@gatewatch/detect": [join(root, "../detect/src/index.ts")],
        },
        typeRoots: [join(root, "../../node_modules/@types")],
      },
      files: Object.values({ ...input, ...edgeInput }),
    }),
  );
  const tsc = createRequire(import.meta.url).resolve("typescript/package.json");
  const { bin } = JSON.parse(readFileSync(tsc, "utf8"));
  const { status, stdout } = spawnSync(process.execPath, [join(dirname(tsc), bin.tsc), "-p", config], {
    encoding: "utf8",
  });
  rmSync(config);
  // Declarations that hold for `import` and for `require` alike.
  writeFileSync(join(types, "package.json"), '{ "type": "commonjs" }\n');
  if (status !== 0) throw new Error(`tsc failed:\n${stdout}`);
  for (const file of globSync("**/*.d.ts", { cwd: types })) rewriteImports(join(types, file), types);
}

function rewriteImports(file, types) {
  const text = readFileSync(file, "utf8");
  const rewritten = text
    .replaceAll(/(["'])@gatewatch\/(protocol|detect)(?:\/([^"']+))?\1/g, (_, quote, folder, path = "index") => {
      const target = relative(dirname(file), join(types, folder, "src", `${path}.js`));
      return `${quote}${target.startsWith(".") ? target : `./${target}`}${quote}`;
    })
    .replaceAll(/(from\s+|import\()(["'])(\.[^"']*)\.ts\2/g, "$1$2$3.js$2");
  if (rewritten !== text) writeFileSync(file, rewritten);
}

function check() {
  for (const file of globSync("**/*.{mjs,cjs,d.ts}", { cwd: dist })) {
    const text = readFileSync(join(dist, file), "utf8");
    // Only what stands where code names a module: comments and messages may quote anything.
    const foreign = [
      ...text.matchAll(
        /(?:^import\s*|^(?:import|export)\b[^"'=;]*\bfrom\s*|\bimport\s*\(\s*|\brequire\(\s*)["']([^"'.][^"']*)["']/gm,
      ),
    ]
      .map((match) => match[1])
      .filter((name) => !isBuiltin(name) && !PEERS.test(name));
    if (foreign.length > 0) throw new Error(`${file} needs ${foreign.join(", ")}`);
    checkConstants(file, text);
    if (/^(?:next-edge|detect)\./.test(file) && /(?:from\s*|import\s*\(?\s*|require\()["']/.test(text))
      throw new Error(`${file} needs more than itself`);
  }
}

/** A file takes the names of another as they are when it loads: they must be complete by then, and stay as they are. */
function checkConstants(file, text, within = []) {
  if (within.includes(file)) throw new Error(`in a circle: ${[...within, file].join(" → ")}`);
  const exported = [...text.matchAll(/^exports\.\w+ = (\w+);|^\t\treturn (\w+);\n\t}\n}\);/gm)].map(
    (match) => match[1] ?? match[2],
  );
  const changing = exported.filter((name) => new RegExp(`^let ${name}\\b`, "m").test(text));
  if (changing.length > 0) throw new Error(`${file} exports ${changing.join(", ")}, whose values change`);
  for (const [, needed] of text.matchAll(/^const \{.*\} = require\("(\.[^"]+)"\);$/gm)) {
    const path = join(dirname(file), needed);
    checkConstants(path, readFileSync(join(dist, path), "utf8"), [...within, file]);
  }
}

rmSync(dist, { recursive: true, force: true });
await buildParts();
for (const [name, path] of Object.entries(edgeInput)) await buildWhole(name, path);
buildTypes();
check();
const modules = globSync("**/*.{mjs,cjs}", { cwd: dist });
const bytes = modules.reduce((total, file) => total + readFileSync(resolve(dist, file)).length, 0);
console.log(`gatewatch ${version}: ${modules.length} files, ${Math.round(bytes / 1024)} KB`);
