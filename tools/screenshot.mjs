// Makes the pictures of the README and the docs from the real thing: server, shop, visitors, Chromium.
// `node tools/screenshot.mjs [FOLDER]` (default docs/images).
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { findChromium, openBrowser } from "../e2e/support/open-browser.ts";
import { poll } from "../e2e/support/poll.ts";
import { startGatewatch } from "../e2e/support/start-gatewatch.ts";
import { startShop } from "../e2e/support/start-shop.ts";
import { runTraffic } from "../examples/express/src/traffic.ts";
import { buildAll } from "./build.mjs";

const target = resolve(process.argv[2] ?? "docs/images");
const VISITS = 260;
const say = (line) => process.stdout.write(`${line}\n`);

const chromium = findChromium();
if (chromium === undefined) {
  process.stderr.write("screenshot: no Chromium here; install it or set GATEWATCH_TEST_CHROMIUM\n");
  process.exit(2);
}
if (!(await buildAll(say))) process.exit(2);
mkdirSync(target, { recursive: true });
const server = await startGatewatch();
let shop;
let browser;
try {
  const { token } = server.command("token", "create", "--scope", "ingest");
  shop = await startShop({ url: server.url, token }, { GATEWATCH_SERVICE: "desk-shop", GATEWATCH_ENVIRONMENT: "demo" });
  say("· visitors come …");
  await runTraffic({ baseUrl: shop.url, visits: VISITS, pauseMs: 30, signal: AbortSignal.timeout(120_000) });
  await poll(
    "the issues",
    () => server.command("issues"),
    (list) => list.issues.length >= 4,
  );
  browser = await openBrowser(chromium);
  const signIn = await browser.newContext();
  const link = await signIn.newPage();
  await link.goto(server.signInLink);
  await link.getByRole("button").first().click();
  await link.getByRole("navigation", { name: "Screens" }).waitFor();
  const storageState = await signIn.storageState();
  for (const colorScheme of ["light", "dark"]) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme, storageState });
    const page = await context.newPage();
    const visitors = runTraffic({ baseUrl: shop.url, visits: 60, pauseMs: 100, signal: AbortSignal.timeout(60_000) });
    for (const [name, path] of Object.entries({
      overview: "/",
      issues: "/issues",
      issue: "/issues/1",
      live: "/live",
    })) {
      await page.goto(new URL(path, server.url).href);
      await page.getByRole("button", { name: "Connection: Live" }).waitFor();
      await page.getByRole("main").getByRole("heading").first().waitFor({ state: "attached" });
      await page.waitForTimeout(name === "live" ? 4000 : 500);
      await page.screenshot({ path: `${target}/${name}-${colorScheme}.png` });
      say(`✓ ${name}-${colorScheme}.png`);
    }
    await visitors;
    await context.close();
  }
} finally {
  await browser?.close();
  await shop?.stop();
  await server.remove();
}
