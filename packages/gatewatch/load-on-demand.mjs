// What the heads of CommonJS files load, loaded by the first of its uses instead: an app pays at its start for what it has switched on alone.

const REQUIRE = /^(?:const|let) (\w+) = require\("([^"]+)"\);\n/gm;
/** A copy of a module's names for `import * as`, which would call every getter of the module. */
const NAMESPACE_COPY = /^(\w+) = \w+\.__toESM\(\1(?:, 1)?\);\n/gm;

/** `import.meta.url`, also where a bundler makes an ES module of it all, which has neither `require` nor `__filename`. */
const OWN_ADDRESS =
  'typeof __filename === "string" ? process.getBuiltinModule("node:url").pathToFileURL(__filename).href : undefined';

/**
 * A plugin for CommonJS output. Modules of Node and the files that `isOnDemand` names are loaded at their first use; the names of all other
 * files stand as constants in the file that uses them, so that calling them costs what a call inside a file costs.
 */
export function loadOnDemand(isOnDemand) {
  return {
    name: "load-on-demand",
    renderChunk: (code, _chunk, { format }) => (format === "cjs" ? rewrite(code, isOnDemand) : null),
  };
}

function rewrite(code, isOnDemand) {
  const onDemand = new Map();
  const atOnce = new Map();
  const body = code
    .replaceAll('require("url").pathToFileURL(__filename).href', OWN_ADDRESS)
    .replaceAll(REQUIRE, (_, name, file) => {
      if (file.startsWith("node:")) onDemand.set(name, `process.getBuiltinModule("${file}")`);
      else if (isOnDemand(file)) onDemand.set(name, `require("${file}")`);
      else atOnce.set(name, file);
      return "";
    })
    .replaceAll(NAMESPACE_COPY, (copy, name) => (onDemand.has(name) ? "" : copy));
  return [...onDemand].map(writeLoader).join("") + writeConstants(callLoaders(body, [...onDemand.keys()]), atOnce);
}

function writeLoader([name, load]) {
  return `let ${name}_loaded;\nfunction ${name}() {\n\treturn ${name}_loaded ??= ${load};\n}\n`;
}

function callLoaders(code, names) {
  for (const name of names) {
    if (new RegExp(`\\b${name}\\.default\\b`).test(code))
      throw new Error(`${name} is imported by default: import its names`);
  }
  return names.reduce(
    (text, name) =>
      text.replaceAll(new RegExp(`(\\bnew )?${standing(name)}(\\.\\w+)?`, "g"), (_, isNew, member = "") =>
        isNew === undefined ? `${name}()${member}` : `new (${name}()${member})`,
      ),
    code,
  );
}

function writeConstants(code, files) {
  let text = code;
  let head = "";
  for (const [name, file] of files) {
    const used = new Set();
    text = text.replaceAll(new RegExp(`${standing(name)}\\.(\\w+)`, "g"), (_, member) => {
      used.add(member);
      return `${name}_${member}`;
    });
    if (used.size === 0) continue;
    head += `const { ${[...used].map((member) => `${member}: ${name}_${member}`).join(", ")} } = require("${file}");\n`;
  }
  return head + text;
}

/** The name by itself, not as a property of something; a spread's dots may stand before it. */
function standing(name) {
  return `(?<![\\w$]|(?<!\\.\\.)\\.)${name}\\b`;
}
