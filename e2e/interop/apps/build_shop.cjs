// Builds the shop with a published plugin, unmodified: `build_shop.cjs FOLDER PLUGIN OUT OPTIONS`.
const { createRequire } = require("node:module");
const { join } = require("node:path");

const [folder, plugin, out, options] = process.argv.slice(2);
const load = createRequire(`${folder}/`);
const { sentryEsbuildPlugin } = load(plugin);

load("esbuild")
  .build({
    entryPoints: [join(__dirname, "browser-shop/job.js")],
    bundle: true,
    minify: true,
    sourcemap: true,
    format: "iife",
    outfile: join(out, "app.js"),
    plugins: [sentryEsbuildPlugin(JSON.parse(options))],
  })
  .then(
    () => console.log("built"),
    (error) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
