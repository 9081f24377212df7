import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createFirstAdminLink, createSignInLink } from "../../auth/one-time-link.ts";
import { startServerStandIn, type ServerStandIn } from "../testing/server-stand-in.ts";

const CANDIDATES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

let browser: Browser;
let api: ServerStandIn;
let page: Page;
let complaints: string[];

const executablePath = process.env.GATEWATCH_TEST_CHROMIUM || CANDIDATES.find(existsSync);

describe.skipIf(executablePath === undefined)("with Chromium", () => {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath!, args: ["--no-sandbox"] });
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    api = await startServerStandIn();
    page = await (await browser.newContext()).newPage();
    complaints = [];
    page.on("console", (message) => {
      if (/Content.Security.Policy/i.test(message.text())) complaints.push(message.text());
    });
  });
  afterEach(async () => {
    await page.context().close();
    await api.close();
  });

  test("a real browser may send the link's form, and comes out signed in", async () => {
    const link = await createFirstAdminLink(api.store, api.url, api.options.clock);
    await page.goto(link!);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${api.url}/`);
    expect(await page.evaluate("fetch('/api/session').then((answer) => answer.status)")).toBe(200);
    expect(await page.evaluate("document.cookie")).toBe("");
    expect(await page.evaluate("document.referrer")).not.toContain("/link/");
    expect(complaints).toEqual([]);
  });

  test("e-mail and password can be set on the way in, and a mistake is told without using the link up", async () => {
    const link = await createFirstAdminLink(api.store, api.url, api.options.clock);
    await page.goto(link!);
    await page.getByText("Set an e-mail address").click();
    await page.getByLabel("Password").fill("a long password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    expect(await page.getByRole("alert").textContent()).toContain("e-mail address");
    await page.getByLabel("E-mail").fill("ann@example.com");
    await page.getByLabel("Password").fill("a long password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${api.url}/`);
    expect(await api.store.control.findUser("ann@example.com")).toMatchObject({ role: "admin" });
  });

  test("the page of another site cannot use the signed-in browser to write, nor use up a link", async () => {
    const first = await createFirstAdminLink(api.store, api.url, api.options.clock);
    await page.goto(first!);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${api.url}/`);
    const second = await createSignInLink(api.store, api.url, api.options.clock);
    // Another name of this machine is another site to a browser.
    const evil = createServer((_request, response) => {
      response.setHeader("content-type", "text/html");
      response.end(`<form method="post" action="${second}"><button>Win a prize</button></form>`);
    });
    await new Promise<void>((resolve) => {
      evil.listen(0, "127.0.0.1", resolve);
    });
    try {
      await page.goto(`http://localhost:${(evil.address() as AddressInfo).port}/`);
      await page.getByRole("button").click();
      await page.waitForURL(second);
      expect(await page.textContent("body")).toContain("came from elsewhere");
      expect((await api.fetch(second.slice(api.url.length))).status).toBe(200);
    } finally {
      evil.close();
      evil.closeAllConnections();
    }
  });
});
