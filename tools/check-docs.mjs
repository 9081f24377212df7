// Keeps the generated parts of the docs true: option tables, error codes, example blocks. Finds links that lead nowhere, and samples
// that do not fit the code.
// Exit 1 on a difference; `--write` mends the generated parts.
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { OPTION_TABLE } from "../packages/gatewatch/src/options/option-table.ts";
import { SERVER_NAMES } from "../packages/gatewatch/src/options/read-environment.ts";
import { PRESET_NAMES, PRESETS } from "../packages/gatewatch/src/options/presets.ts";
import { SERVER_SETTINGS } from "../packages/server/src/settings/server-settings.ts";
import { SHARED_PATHS } from "../packages/server/src/api/shared-paths.ts";
import { API_ERRORS } from "../packages/server/src/model/api-error.ts";
import { checkSamples } from "./docs/check-samples.mjs";
import { listFrameworks } from "./docs/list-frameworks.mjs";
import { listLayerDefaults } from "./docs/list-layer-defaults.mjs";

const root = resolve(import.meta.dirname, "..");
const write = process.argv.includes("--write");
const problems = [];

const cell = (value) => String(value).replaceAll("|", "\\|").replaceAll("\n", " ");
const code = (value) => `\`${cell(value)}\``;
const table = (headings, rows) =>
  [
    `| ${headings.join(" | ")} |`,
    `|${headings.map(() => "---").join("|")}|`,
    ...rows.map((row) => `| ${row.join(" | ")} |`),
  ].join("\n");

const toKebab = (name) => name.replaceAll(/([A-Z])/g, "-$1").toLowerCase();
const groupOf = (row) => (row.key.includes(".") ? row.key.split(".")[0] : undefined);
const showDefault = (value) => code(typeof value === "string" ? value : JSON.stringify(value));
const optionTable = (rows) =>
  table(
    ["option", "environment", "default", "what it does"],
    rows.map((row) => [
      code(row.key),
      row.env === null ? "by code" : code(row.env),
      showDefault(row.default),
      cell(row.doc),
    ]),
  );
const pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", ...globSync("docs/**/*.md", { cwd: root })]
  .map((page) => page.replaceAll("\\", "/"))
  .filter((page) => existsSync(join(root, page)))
  .map((page) => ({ page, text: readFileSync(join(root, page), "utf8") }));
/** Groups of options whose table stands on a page of their own. */
const OWN_TABLES = new Map(
  [...new Set(OPTION_TABLE.map(groupOf))]
    .filter(
      (group) =>
        group !== undefined && pages.some(({ text }) => text.includes(`<!-- options-${toKebab(group)}:begin -->`)),
    )
    .map((group) => [group, toKebab(group)]),
);

/** What `npm run check -- --fix` and `tools/count-peer-cases.mjs` write. */
const MADE_ELSEWHERE = new Set(["layers", "peer-cases"]);

const showPreset = (value) =>
  value === undefined ? "" : typeof value === "function" ? "a function" : showDefault(value);
const presetTable = () => {
  const valueOf = (preset, key) => key.split(".").reduce((value, part) => value?.[part], PRESETS[preset]);
  const rows = OPTION_TABLE.filter(({ key }) => PRESET_NAMES.some((preset) => valueOf(preset, key) !== undefined));
  return table(
    ["option", ...PRESET_NAMES.map((preset) => code(preset))],
    rows.map(({ key }) => [code(key), ...PRESET_NAMES.map((preset) => showPreset(valueOf(preset, key)))]),
  );
};

const layerTable = () =>
  table(
    ["layer", "with no options", "to change it", "why"],
    listLayerDefaults().map(({ name, page, isOn, change, why }) => [
      `[${name}](${layerPage(page)})`,
      isOn ? "**on**" : "off",
      change,
      cell(why),
    ]),
  );
/** Seen from docs/layers; what has no page is told of on the page about the middleware. */
const layerPage = (page) =>
  [page, `../${page}`].find((path) => existsSync(join(root, "docs/layers", path))) ?? "../middleware.md";

const GENERATED = {
  presets: presetTable,
  "layer-defaults": layerTable,
  frameworks: () =>
    table(
      ["framework", "versions", "module", "the line", "example"],
      listFrameworks(root).map(({ name, versions, module, line, examples }) => [
        name,
        versions,
        code(module),
        code(line),
        examples,
      ]),
    ),
  "middleware-options": () => optionTable(OPTION_TABLE.filter((row) => !OWN_TABLES.has(groupOf(row)))),
  ...Object.fromEntries(
    [...OWN_TABLES].map(([group, page]) => [
      `options-${page}`,
      () => optionTable(OPTION_TABLE.filter((row) => groupOf(row) === group)),
    ]),
  ),
  "server-settings": () =>
    table(
      ["environment", "default", "what it does"],
      Object.values(SERVER_SETTINGS).map((setting) => [
        code(setting.env),
        setting.default === null ? "" : code(setting.default),
        cell(setting.help),
      ]),
    ),
  "api-errors": () =>
    table(
      ["code", "status", "retry", "what to do"],
      Object.entries(API_ERRORS).map(([name, error]) => [
        code(name),
        error.status,
        error.retryable ? "yes" : "no",
        cell(error.help),
      ]),
    ),
  "shared-paths": () =>
    table(
      ["address", "how a request is told", "whose it is", "for example"],
      SHARED_PATHS.map(({ path, sign, whose, example }) => [
        cell(path),
        cell(sign),
        cell(whose),
        `${code(`${example.method} ${example.path}`)} → ${example.status}`,
      ]),
    ),
  "example-app": () => {
    const source = readFileSync(join(root, "examples/express/src/shop.ts"), "utf8");
    const lines = source
      .split("\n")
      .filter((line) => /gatewatch\(|from "gatewatch|from "express"|= express\(/.test(line));
    return [
      "```ts",
      ...lines.map((line) => line.trim().replace(/import express, .* from "express"/, 'import express from "express"')),
      "```",
    ].join("\n");
  },
};

for (const { page, text } of pages) {
  const made = text.replace(/(<!-- ([a-z-]+):begin -->\n)[\s\S]*?(<!-- \2:end -->)/g, (all, begin, name, end) => {
    if (MADE_ELSEWHERE.has(name)) return all;
    if (GENERATED[name] === undefined) {
      problems.push(`${page}: nothing generates "${name}"`);
      return all;
    }
    return `${begin}${GENERATED[name]()}\n${end}`;
  });
  if (made !== text) {
    if (write) writeFileSync(join(root, page), made);
    else problems.push(`${page}: a generated part is out of date; run \`node tools/check-docs.mjs --write\``);
  }
  for (const [, target] of made.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)) {
    if (!existsSync(join(root, dirname(page), target)))
      problems.push(`${page}: links to ${target}, which does not exist`);
  }
}
problems.push(...checkSamples(root, pages));
// The two share a prefix and an environment: the middleware must not call the server's settings unknown.
for (const { env } of Object.values(SERVER_SETTINGS)) {
  const isKnown = SERVER_NAMES.has(env) || OPTION_TABLE.some((row) => row.env === env);
  if (env.startsWith("GATEWATCH_") && !isKnown) problems.push(`read-environment.ts: SERVER_NAMES has no ${env}`);
}

for (const problem of problems) process.stdout.write(`✗ ${problem}\n`);
if (problems.length === 0) process.stdout.write(`✓ docs: ${pages.length} pages are true to the code\n`);
process.exit(problems.length === 0 ? 0 : 1);
