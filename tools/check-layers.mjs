// Reads every import of the sources and holds it against `layers.mjs`; also finds import cycles and keeps the picture
// in ARCHITECTURE.md true. Exit 1 on a breach. `--write` redraws the picture.
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { LAYERS } from "./layers.mjs";

const root = resolve(import.meta.dirname, "..");
const write = process.argv.includes("--write");
const problems = [];

const files = globSync("packages/*/src/**/*.{ts,tsx}", { cwd: root })
  .map((file) => file.replaceAll("\\", "/"))
  .filter(
    (file) =>
      !/\.(test|service\.test)\.tsx?$/.test(file) &&
      !/(-contract|stand-in)\.ts$/.test(file) &&
      !file.includes("/contract/"),
  );

function layerOf(file) {
  let best;
  for (const layer of LAYERS) {
    for (const path of layer.paths) {
      if ((file === path || file.startsWith(`${path}/`)) && path.length > (best?.path.length ?? 0))
        best = { layer, path };
    }
  }
  return best?.layer;
}

const ALIASES = [
  [/^@gatewatch\/protocol$/, "packages/protocol/src/index.ts"],
  [/^@gatewatch\/protocol\/(.+)$/, "packages/protocol/src/$1.ts"],
];

function resolveImport(from, specifier) {
  for (const [pattern, target] of ALIASES) if (pattern.test(specifier)) return specifier.replace(pattern, target);
  if (!specifier.startsWith(".")) return undefined;
  const base = join(dirname(from), specifier).replaceAll("\\", "/");
  for (const candidate of [base, `${base}.ts`, `${base}.tsx`, `${base}/index.ts`]) {
    if (/\.(ts|tsx)$/.test(candidate) && existsSync(join(root, candidate))) return candidate;
  }
  return undefined;
}

const IMPORT =
  /(?:^|\n)\s*(import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s*)?["']([^"']+)["']|(import)\(\s*["']([^"']+)["']\s*\)|new URL\(\s*["'](\.[^"']+)["']\s*,\s*import\.meta\.url/g;
const edges = new Map();
const graph = new Map();

for (const file of files) {
  const layer = layerOf(file);
  if (layer === undefined) {
    problems.push(`${file}: no layer covers this file (tools/layers.mjs)`);
    continue;
  }
  const text = readFileSync(join(root, file), "utf8");
  const targets = new Set();
  for (const match of text.matchAll(IMPORT)) {
    const specifier = match[3] ?? match[5] ?? match[6];
    const dynamic = match[3] === undefined;
    const target = resolveImport(file, specifier);
    if (target === undefined) continue;
    if (!dynamic && match[2] === undefined) targets.add(target);
    const to = layerOf(target);
    if (to === undefined || to === layer) {
      if (to !== undefined && layer.noSiblings && folderOf(file, layer) !== folderOf(target, layer)) {
        problems.push(`${file}: imports its sibling ${target}`);
      }
      continue;
    }
    const allowed =
      layer.mayImport.includes(to.name) ||
      (layer.mayImport.includes("*server") && (to.name.startsWith("server/") || to.name === "protocol")) ||
      (dynamic && layer.mayImportDynamically?.includes(to.name));
    if (!allowed) problems.push(`${file}: ${layer.name} may not import ${to.name} (${specifier})`);
    const key = `${layer.name} ${to.name}`;
    edges.set(key, (edges.get(key) ?? 0) + 1);
  }
  graph.set(file, targets);
}

function folderOf(file, layer) {
  const path = layer.paths.find((candidate) => file.startsWith(`${candidate}/`));
  return relative(path, file).split("/")[0];
}

function findCycle() {
  const state = new Map();
  const stack = [];
  const visit = (file) => {
    state.set(file, "open");
    stack.push(file);
    for (const target of graph.get(file) ?? []) {
      if (state.get(target) === "open") return [...stack.slice(stack.indexOf(target)), target];
      if (!state.has(target)) {
        const cycle = visit(target);
        if (cycle) return cycle;
      }
    }
    stack.pop();
    state.set(file, "done");
    return undefined;
  };
  for (const file of graph.keys()) {
    if (state.has(file)) continue;
    const cycle = visit(file);
    if (cycle) return cycle;
  }
  return undefined;
}

const cycle = findCycle();
if (cycle) problems.push(`import cycle: ${cycle.join(" → ")}`);

function draw() {
  const id = (name) => name.replace(/[^a-z]/g, "_");
  const lines = ["```mermaid", "graph LR"];
  const groups = Map.groupBy(LAYERS, (layer) => layer.name.split("/")[0]);
  for (const [group, layers] of groups) {
    if (layers.length === 1) {
      lines.push(`  ${id(layers[0].name)}[${layers[0].name}]`);
      continue;
    }
    lines.push(`  subgraph ${group}`);
    for (const layer of layers) lines.push(`    ${id(layer.name)}[${layer.name.split("/")[1]}]`);
    lines.push("  end");
  }
  // Everyone knows these two: arrows to them would hide the rest.
  const pairs = [...edges.keys()]
    .sort()
    .map((key) => key.split(" "))
    .filter(([, to]) => to !== "protocol" && to !== "server/model");
  for (const [from, targets] of Map.groupBy(pairs, ([name]) => name)) {
    lines.push(`  ${id(from)} --> ${targets.map(([, to]) => id(to)).join(" & ")}`);
  }
  lines.push("```");
  return lines.join("\n");
}

const page = join(root, "ARCHITECTURE.md");
if (existsSync(page)) {
  const text = readFileSync(page, "utf8");
  const drawn = text.replace(
    /(<!-- layers:begin -->\n)[\s\S]*?(<!-- layers:end -->)/,
    (_all, begin, end) => `${begin}${draw()}\n${end}`,
  );
  if (drawn !== text) {
    if (write) writeFileSync(page, drawn);
    else problems.push("ARCHITECTURE.md: the layer picture is out of date; run `node tools/check-layers.mjs --write`");
  }
  for (const [, path] of text.matchAll(/`((?:packages|tools|docs|bench|e2e|examples)\/[\w./-]+)`/g)) {
    if (!existsSync(join(root, path))) problems.push(`ARCHITECTURE.md: names ${path}, which does not exist`);
  }
}

for (const problem of problems) process.stdout.write(`✗ ${problem}\n`);
process.stdout.write(problems.length === 0 ? `✓ layers: ${files.length} files hold to the table, no cycles\n` : "");
process.exit(problems.length === 0 ? 0 : 1);
