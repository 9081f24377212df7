import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSlackStandIn, type SlackStandIn } from "../packages/server/src/alerts/channels/slack-stand-in.ts";
import { findChromium, openBrowser } from "./support/open-browser.ts";
import { poll } from "./support/poll.ts";
import { startGatewatch, type RunningServer } from "./support/start-gatewatch.ts";
import { ROOT } from "./support/start-process.ts";
import { startShop, type RunningShop } from "./support/start-shop.ts";

const TITLE = "Cannot read properties of undefined (reading 'taxRate')";
const CHROMIUM = findChromium();
/** Where the shop's source reads the missing category. */
const CULPRIT_LINE =
  readFileSync(resolve(ROOT, "examples/express/src/price.ts"), "utf8")
    .split("\n")
    .findIndex((line) => line.includes("category!.taxRate")) + 1;

/** Buys a gift card: the null access deep in the shop's price helper. */
async function runIntoNullAccess(shop: RunningShop): Promise<void> {
  const response = await fetch(`${shop.url}/cart/total`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer token-ada" },
    body: JSON.stringify({ items: [{ id: 6, quantity: 1 }], coupon: "WELCOME" }),
  });
  expect(response.status).toBe(500);
  await response.arrayBuffer();
}

/** Everything in the page that a person with open developer tools would frown at. */
function watchFaults(page: Page): string[] {
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    // A screen that is left calls back the questions that it asked.
    const isLeft = reason === "net::ERR_ABORTED" && request.method() === "GET" && request.url().includes("/api/");
    if (!isLeft) faults.push(`${request.method()} ${request.url()}: ${reason}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) faults.push(`${response.status()} ${response.url()}`);
  });
  return faults;
}

describe.skipIf(CHROMIUM === undefined)(`the main job${CHROMIUM === undefined ? " (Chromium is missing)" : ""}`, () => {
  let slack: SlackStandIn;
  let server: RunningServer;
  let shop: RunningShop;
  let browser: Browser;
  let shopAccess: { url: string; token: string };

  const startRelease = (release: string): Promise<RunningShop> =>
    startShop(shopAccess, {
      GATEWATCH_RELEASE: release,
      GATEWATCH_DELIVERY_SPOOL_FOLDER: join(server.dataDir, "shop-spool"),
    });
  const messagesAbout = (text: string): string[] =>
    slack.messages.map((message) => JSON.stringify(message)).filter((message) => message.includes(text));

  beforeAll(async () => {
    if (!existsSync(resolve(ROOT, "packages/dashboard/dist/index.html")))
      throw new Error("The dashboard is not built: npm run build");
    slack = await startSlackStandIn();
    [server, browser] = await Promise.all([
      startGatewatch({ env: { GATEWATCH_SLACK_WEBHOOK_URL: slack.url } }),
      openBrowser(CHROMIUM!),
    ]);
    const { token } = server.command<{ token: string }>("token", "create", "--scope", "ingest");
    shopAccess = { url: server.url, token };
    shop = await startRelease("1.0.0");
  });
  afterAll(async () => {
    await browser?.close();
    await shop?.stop();
    await server?.remove();
    await slack?.close();
  });

  test("an error in the shop is seen live, explained, told once, resolved, and comes back with the next release", async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const faults = watchFaults(page);

    await page.goto(server.signInLink!);
    await page.locator("summary").click();
    await page.getByLabel("E-mail").fill("ada@shop.example");
    await page.getByLabel("Password").fill("correct horse battery staple");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${server.url}/`);
    await page.getByRole("navigation", { name: "Screens" }).waitFor();

    await page.getByRole("link", { name: "Issues" }).first().click();
    await page.getByRole("button", { name: "Connection: Live" }).waitFor();
    await page.evaluate(() => Reflect.set(globalThis, "neverReloaded", true));
    const issueLink = page.getByRole("link", { name: TITLE });
    expect(await issueLink.count()).toBe(0);

    await runIntoNullAccess(shop);
    await issueLink.waitFor();
    expect(await page.evaluate(() => Reflect.get(globalThis, "neverReloaded") as unknown)).toBe(true);

    await issueLink.click();
    await page.getByRole("heading", { level: 1, name: TITLE }).waitFor();
    await page.locator("main header").getByText(`price.ts:${CULPRIT_LINE}`).waitFor();
    await page
      .getByRole("region", { name: /Source of .*price\.ts/ })
      .getByText("category!.taxRate")
      .waitFor();
    const cause = page.getByRole("region", { name: "Cause" });
    await cause.getByText("Rules, no model").waitFor();
    await cause.getByText("line.product.category").first().waitFor();

    await slack.waitForMessages(1);
    expect(messagesAbout("taxRate")).toHaveLength(1);

    await page.keyboard.press("e");
    await page.getByText("Issue resolved").waitFor();
    await page.getByRole("button", { name: "Reopen" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /^Resolved/ }).waitFor();
    await issueLink.waitFor({ state: "detached" });

    await shop.stop();
    shop = await startRelease("1.1.0");
    await runIntoNullAccess(shop);
    await issueLink.waitFor();
    await page.getByRole("button", { name: /^Regressed ?1/ }).waitFor();
    await slack.waitForMessages(2);
    expect(messagesAbout("taxRate")).toHaveLength(2);
    expect(messagesAbout("taxRate")[1]).toMatch(/regress|came back|again/i);

    await issueLink.click();
    await page.locator("header").getByText("Regressed", { exact: true }).waitFor();
    expect(await page.evaluate(() => Reflect.get(globalThis, "neverReloaded") as unknown)).toBe(true);

    // Nothing follows: what is told once stays told once.
    const deliveries = await poll(
      "the end of the deliveries",
      async () => {
        const answer = await page.request.get(`${server.url}/api/deliveries?project=1`);
        return ((await answer.json()) as { deliveries: { state: string }[] }).deliveries.map(({ state }) => state);
      },
      (states) => states.every((state) => state !== "waiting"),
    );
    expect(deliveries).toEqual(["delivered", "delivered"]);
    expect(slack.messages).toHaveLength(2);
    expect(faults).toEqual([]);
  });
});
