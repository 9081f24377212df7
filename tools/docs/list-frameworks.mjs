// The frameworks of docs/frameworks/README.md: what the package exports, for which versions, shown by which examples.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** `peer` is the package whose range the manifest tells; the others say their versions here, and the examples prove them. */
const FRAMEWORKS = [
  { page: "express", name: "Express", peer: "express", line: "app.use(gatewatch())", examples: ["express"] },
  { page: "fastify", name: "Fastify", peer: "fastify", line: "app.register(gatewatch)", examples: ["fastify"] },
  { page: "koa", name: "Koa", peer: "koa", line: "app.use(gatewatch())", examples: ["koa"] },
  { page: "hono", name: "Hono", peer: "hono", line: "app.use(gatewatch())", examples: ["hono"] },
  {
    page: "nest",
    name: "Nest",
    versions: "11, 12",
    line: "imports: [GatewatchModule.forRoot()]",
    examples: ["nest-11", "nest"],
  },
  {
    page: "next",
    name: "Next.js",
    versions: "15, 16",
    line: 'export { onRequestError, register } from "gatewatch/next"',
    examples: ["next-15", "next"],
  },
  {
    page: "http",
    name: "`node:http`, `node:http2`",
    versions: "Node ≥ 22.18",
    line: "createServer(gatewatch(listener))",
    examples: ["http"],
  },
  {
    page: "fetch",
    name: "fetch handlers: Bun, Deno, workers",
    versions: "",
    line: "gatewatch(handler)",
    examples: ["fetch"],
  },
];

const toMajors = (range) =>
  range
    .replaceAll(/\^(\d+)(?:\.(\d+))?[.\d]*/g, (_, major, minor) => (minor === "0" ? major : `${major}.${minor}`))
    .replaceAll(" || ", ", ");

/** @throws Error for an adapter or an example that is not there. */
export function listFrameworks(root) {
  const manifest = JSON.parse(readFileSync(join(root, "packages/gatewatch/package.json"), "utf8"));
  return FRAMEWORKS.map(({ page, name, peer, versions, line, examples }) => {
    const subpath = `./${page}`;
    if (manifest.exports[subpath] === undefined) throw new Error(`packages/gatewatch exports no ${subpath}`);
    for (const example of examples) {
      if (!existsSync(join(root, "examples", example))) throw new Error(`examples/${example} does not exist`);
    }
    const hasPage = existsSync(join(root, `docs/frameworks/${page}.md`));
    return {
      name: hasPage ? `[${name}](${page}.md)` : name,
      versions: peer === undefined ? versions : toMajors(manifest.peerDependencies[peer]),
      module: `gatewatch/${page}`,
      line,
      examples: examples.map((example) => `[${example}](../../examples/${example})`).join(", "),
    };
  });
}
