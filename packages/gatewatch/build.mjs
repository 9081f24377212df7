// Builds what is published: ESM and CommonJS with the protocol package inside, and types that name no other package of this repository.
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { rolldown } from "rolldown";

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

async function buildCode(entries) {
  const bundle = await rolldown({
    input: entries,
    platform: "node",
    external: [/^node:/, PEERS],
    resolve: { conditionNames: ["source", "import", "node"] },
    transform: { target: "node22" },
  });
  const shared = { dir: dist, sourcemap: false, minify: false };
  await bundle.write({
    ...shared,
    format: "esm",
    entryFileNames: "[name].mjs",
    chunkFileNames: "shared/[name]-[hash].mjs",
  });
  await bundle.write({
    ...shared,
    format: "cjs",
    entryFileNames: "[name].cjs",
    chunkFileNames: "shared/[name]-[hash].cjs",
  });
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
    if (/^(?:next-edge|detect)\./.test(file) && /(?:from\s*|import\s*\(?\s*|require\()["']/.test(text))
      throw new Error(`${file} needs more than itself`);
  }
}

rmSync(dist, { recursive: true, force: true });
await buildCode(input);
for (const [name, path] of Object.entries(edgeInput)) await buildCode({ [name]: path });
buildTypes();
check();
const modules = globSync("**/*.mjs", { cwd: dist });
const bytes = modules.reduce((total, file) => total + readFileSync(resolve(dist, file)).length, 0);
console.log(`gatewatch ${version}: ${modules.length} modules, ${Math.round(bytes / 1024)} KB`);
