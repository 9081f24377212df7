import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { CHROMIUM, openBrowser, openContext, readShift, SCHEMES, SCREENS, WIDTHS } from "../../dev/open-browser.ts";
import { serveDist } from "../../dev/serve-dist.ts";

const MAX_SHIFT = 0.02;
// A browser on a busy machine may take its time; nothing here measures it.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];

type Served = Awaited<ReturnType<typeof serveDist>>;
let browser: Browser;
let axe: string;
let full: Served;
let empty: Served;
let door: Served;
let refusing: Served;
const contexts: BrowserContext[] = [];

async function openPage(url: string, width = 1280, scheme: (typeof SCHEMES)[number] = "light") {
  const context = await openContext(browser, width, scheme);
  contexts.push(context);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  return { page, faults };
}

async function findViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async (rules) => {
    const { axe } = globalThis as unknown as {
      axe: { run(where: Document, options: unknown): Promise<{ violations: Violation[] }> };
    };
    interface Violation {
      id: string;
      nodes: { html: string; failureSummary?: string }[];
    }
    const { violations } = await axe.run(document, { runOnly: rules });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ""}`),
    );
  }, RULES);
}

describe.skipIf(!existsSync(CHROMIUM))("in Chromium", () => {
  beforeAll(async () => {
    axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    [browser, full, empty, door, refusing] = await Promise.all([
      openBrowser(),
      serveDist(),
      serveDist({ empty: true }),
      serveDist({ signedOut: true }),
      serveDist({ refuseWrites: true }),
    ]);
  });

  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
  });

  afterAll(async () => {
    await browser?.close();
    await Promise.all([full, empty, door, refusing].map((served) => served?.close()));
  });

  describe.each(WIDTHS)("at %d px", (width) => {
    describe.each(SCHEMES)("in the %s theme", (scheme) => {
      test.each([
        ...SCREENS,
        { name: "empty", path: "/", ready: "text=Waiting for your first event" },
        { name: "sign-in", path: "/", ready: "text=Sign in to Gatewatch" },
      ])(
        "$name has no accessibility violation, does not shift, overflow or complain",
        async ({ name, path, ready }) => {
          const served = name === "empty" ? empty : name === "sign-in" ? door : full;
          const { page, faults } = await openPage(served.url + path, width, scheme);
          await page.locator(ready).first().waitFor();
          expect(await findViolations(page)).toEqual([]);
          expect(await readShift(page)).toBeLessThanOrEqual(MAX_SHIFT);
          const wide = await page.evaluate(() =>
            [...document.querySelectorAll("#root, main, main > div")]
              .filter((box) => box.scrollWidth > box.clientWidth)
              .map((box) => `${box.tagName} ${box.className} is ${box.scrollWidth - box.clientWidth} px too wide`),
          );
          expect(wide).toEqual([]);
          expect(faults).toEqual([]);
        },
      );
    });
  });

  test("the overview fits 1280×800 without scrolling", async () => {
    const { page } = await openPage(full.url);
    await page.locator("text=Where the time goes").waitFor();
    const rest = await page.locator("main > div").evaluate((box) => box.scrollHeight - box.clientHeight);
    expect(rest).toBe(0);
  });

  test("every part of an issue is free of violations", async () => {
    const { page, faults } = await openPage(`${full.url}/issues/1`);
    for (const name of ["Breadcrumbs", "Request", "Similar", "Activity", "Grouping"]) {
      await page.getByRole("tab", { name }).click();
      expect({ name, violations: await findViolations(page) }).toEqual({ name, violations: [] });
    }
    expect(faults).toEqual([]);
  });

  test("menus, the command menu and the keys are free of violations", async () => {
    const { page, faults } = await openPage(full.url);
    await page.locator("text=Where the time goes").waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("coupon");
    await page.getByRole("option", { name: /coupon/ }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Theme" }).click();
    await page.getByRole("menuitem", { name: "Dark" }).click();
    expect(await page.evaluate(() => getComputedStyle(document.body).colorScheme)).toBe("dark");
    expect(faults).toEqual([]);
    await page.reload();
    expect(await page.evaluate(() => getComputedStyle(document.body).colorScheme)).toBe("dark");
  });

  test("an issue is triaged by the keyboard alone, undone, opened and left again", async () => {
    const served = await serveDist();
    try {
      const { page, faults } = await openPage(served.url);
      await page.locator("text=Where the time goes").waitFor();
      await page.keyboard.press("g");
      await page.keyboard.press("i");
      const first = page.locator("#issue-1");
      await first.waitFor();
      for (let step = 0; step < 30; step++) await page.keyboard.press("j");
      // A row that was scrolled to exists, and has the focus, a moment later.
      await page.waitForFunction(() => document.activeElement?.id.startsWith("issue-") === true);
      const scroller = page.locator("main ul:not([role])").first().locator("..");
      const before = await scroller.evaluate((box) => box.scrollTop);
      expect(before).toBeGreaterThan(0);
      const title = await page.evaluate(() => document.activeElement?.textContent ?? "");
      expect(title).not.toBe("");

      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: title }).waitFor();
      await page.keyboard.press("Escape");
      await first.waitFor({ state: "detached" });
      await page.getByRole("link", { name: title, exact: true }).waitFor();
      expect(await scroller.evaluate((box) => box.scrollTop)).toBe(before);

      await page.keyboard.press("e");
      await page.getByText("Issue resolved").waitFor();
      await page.getByRole("link", { name: title, exact: true }).waitFor({ state: "detached" });
      await page.keyboard.press("z");
      await page.getByText("Undone").waitFor();
      await page.getByRole("link", { name: title, exact: true }).waitFor();

      await page.keyboard.press("/");
      await page.keyboard.type("is:reg");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await page.getByText("PaymentGatewayError").waitFor();
      await page.waitForURL(/q=is%3Aregressed/);
      expect(faults).toEqual([]);
    } finally {
      await served.close();
    }
  });

  test("a key meets the issue that was marked, though another came in above it", async () => {
    const served = await serveDist();
    try {
      const { page, faults } = await openPage(`${served.url}/issues`);
      await page.locator("#issue-1").waitFor();
      await page.getByRole("button", { name: "Connection: Live" }).waitFor();
      await page.keyboard.press("j");
      await page.keyboard.press("j");
      const title = await page.evaluate(() => document.activeElement?.textContent ?? "");
      served.mock.addIssue("KeyError: 'total'");
      await page.getByRole("link", { name: "KeyError: 'total'" }).waitFor();
      await page.keyboard.press("e");
      await page.getByRole("link", { name: title, exact: true }).waitFor({ state: "detached" });
      // The next one is marked in its place.
      await page.keyboard.press("e");
      await page.getByText("ValidationError").first().waitFor({ state: "detached" });
      expect(await page.locator("#issue-1").isVisible()).toBe(true);
      expect(await page.getByRole("link", { name: "KeyError: 'total'" }).isVisible()).toBe(true);
      expect(faults).toEqual([]);
    } finally {
      await served.close();
    }
  });

  test("a change that the server refuses is taken back in sight", async () => {
    const { page } = await openPage(`${refusing.url}/issues`);
    await page.locator("#issue-1").waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("e");
    await page.getByText("taken back: The disk is full.").waitFor();
    expect(await page.locator("#issue-1").isVisible()).toBe(true);
  });

  test("a claim leads to the evidence that it rests on", async () => {
    const { page } = await openPage(`${full.url}/issues/1`);
    await page.getByRole("button", { name: /^Evidence B3/ }).click();
    await page.locator("#crumb-2.animate-flash").waitFor();
    expect(await page.getByRole("tab", { name: "Breadcrumbs" }).getAttribute("aria-selected")).toBe("true");
    await page
      .getByRole("button", { name: /^Evidence F5/ })
      .first()
      .click();
    await page.locator("#frame-1-0.animate-flash").waitFor();
  });

  test("a new issue comes into the list by itself, and is told to those who listen", async () => {
    const served = await serveDist();
    try {
      const { page } = await openPage(`${served.url}/issues?tab=new`);
      await page.locator("#issue-1").waitFor();
      await page.getByRole("button", { name: "Connection: Live" }).waitFor();
      served.mock.addIssue("KeyError: 'total'");
      await page.getByRole("link", { name: "KeyError: 'total'" }).waitFor();
      expect(await page.getByRole("status").allTextContents()).toContain("New issue: KeyError: 'total'");
      expect(await page.getByRole("button", { name: /^New/ }).textContent()).toBe("New4");
    } finally {
      await served.close();
    }
  });

  test("older and newer events of an issue are a key away", async () => {
    const { page } = await openPage(`${full.url}/issues/1`);
    await page.getByText("Event 12 of 12 kept").waitFor();
    await page.keyboard.press("[");
    await page.getByText("Event 11 of 12 kept").waitFor();
    await page.getByText("Could not place order 90211").waitFor();
    await page.keyboard.press("]");
    await page.getByText("Could not place order 90210").waitFor();
    expect(new URL(page.url()).searchParams.get("event")).toMatch(/^0{8}-/);
  });

  test("anomalies are walked through and judged by the keyboard alone, and taken back when the server refuses", async () => {
    const { page, faults } = await openPage(`${full.url}/protection`);
    await page.getByRole("heading", { name: /^p95 of POST \/checkout/ }).waitFor();
    await page.keyboard.press("j");
    await page.getByRole("heading", { name: /^29 % of POST/ }).waitFor();
    await page.keyboard.press("c");
    await page.getByRole("button", { name: "Confirmed", pressed: true }).waitFor();
    await page.keyboard.press("k");
    await page.getByRole("heading", { name: /^p95 of POST \/checkout/ }).waitFor();
    expect(new URL(page.url()).searchParams.get("anomaly")).toBe("1");
    expect(faults).toEqual([]);

    const { page: refused } = await openPage(`${refusing.url}/protection?anomaly=8`);
    await refused.getByRole("heading", { name: /<b>XX<\/b>/ }).waitFor();
    expect(await refused.locator("main b").count()).toBe(0);
    expect(await findViolations(refused)).toEqual([]);
    await refused.getByRole("button", { name: "False alarm" }).click();
    await refused.getByText("taken back: The disk is full.").waitFor();
    await refused.getByRole("button", { name: "False alarm", pressed: false }).waitFor();
  });

  test("what an attacker wrote stays text", async () => {
    const { page, faults } = await openPage(`${full.url}/issues/6`);
    await page.getByText("<img src=x onerror=alert(1)> is not a valid coupon").first().waitFor();
    await page.getByRole("tab", { name: "Request" }).click();
    await page.getByText("<script>document.title='owned'</script>").waitFor();
    await page.getByText("‹U+202E›gnp.exe").waitFor();
    expect(await page.locator("main img, main script, main svg[onload]").count()).toBe(0);
    expect(await page.title()).not.toBe("owned");
    expect(faults).toEqual([]);
  });

  test("two tabs share one stream, and the second goes on when the first is closed", async () => {
    const served = await serveDist();
    try {
      const { page } = await openPage(`${served.url}/live`);
      await page.getByRole("row").nth(3).waitFor();
      const other = await page.context().newPage();
      await other.goto(`${served.url}/live`);
      await other.getByRole("row").nth(3).waitFor();
      expect(served.mock.streamCount()).toBe(1);
      await page.close();
      await expect.poll(() => served.mock.streamCount()).toBe(1);
      await other.getByRole("button", { name: "Connection: Live" }).waitFor();
    } finally {
      await served.close();
    }
  });

  test("Live stands still when paused and goes on when asked", async () => {
    const { page } = await openPage(`${full.url}/live`);
    await page.getByRole("row").nth(3).waitFor();
    await page.keyboard.press("Space");
    const follow = page.getByRole("button", { name: /new\)$/ });
    const top = await page.getByRole("row").nth(1).textContent();
    await follow.waitFor();
    expect(await page.getByRole("row").nth(1).textContent()).toBe(top);
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Pause" }).waitFor();
  });

  test("signing out in one tab shows the door in every tab and ends the stream; signing in opens both again", async () => {
    const served = await serveDist();
    try {
      const { page } = await openPage(`${served.url}/live`);
      await page.getByRole("row").nth(3).waitFor();
      const other = await page.context().newPage();
      await other.goto(`${served.url}/issues`);
      await other.locator("#issue-1").waitFor();
      await page.getByRole("button", { name: /^Signed in as/ }).click();
      await page.getByRole("menuitem", { name: "Sign out" }).click();
      for (const tab of [page, other]) await tab.getByRole("heading", { name: "Sign in to Gatewatch" }).waitFor();
      await expect.poll(() => served.mock.streamCount()).toBe(0);
      await page.getByLabel("E-mail").fill("ada@shop.example");
      await page.getByLabel("Password").fill("open sesame");
      await page.keyboard.press("Enter");
      await page.getByRole("row").nth(3).waitFor();
      await other.locator("#issue-1").waitFor();
    } finally {
      await served.close();
    }
  });

  test("a session that is over shows the door at the next question, and then the same place", async () => {
    const served = await serveDist();
    try {
      const { page } = await openPage(`${served.url}/issues`);
      await page.locator("#issue-1").waitFor();
      served.mock.endSession();
      // A click in the page itself: a question of the background may have shown the door already, and the link is gone then.
      await page.evaluate(() => document.querySelector<HTMLElement>('a[href="/"]')?.click());
      await page.getByLabel("E-mail").waitFor();
      const place = new URL(page.url()).pathname;
      await page.getByLabel("E-mail").fill("ada@shop.example");
      await page.getByLabel("Password").fill("open sesame");
      await page.keyboard.press("Enter");
      await page.getByRole("navigation", { name: "Screens" }).waitFor();
      expect(new URL(page.url()).pathname).toBe(place);
    } finally {
      await served.close();
    }
  });

  test("the link of an issue that was merged leads to where it went, and one that never was back to the list", async () => {
    const { page } = await openPage(`${full.url}/issues/404`);
    await page.getByText("Issue 404 was merged into this one").waitFor();
    await page.waitForURL(/\/issues\/1$/);
    await page.goto(`${full.url}/issues/99999`);
    await page.getByRole("link", { name: "Go to the issues" }).click();
    await page.locator("#issue-1").waitFor();
    expect(new URL(page.url()).pathname).toBe("/issues");
  });

  test("signing in with a wrong password says so, with the right one opens the frame", async () => {
    const served = await serveDist({ signedOut: true });
    try {
      const { page } = await openPage(served.url);
      await page.getByLabel("E-mail").fill("ada@shop.example");
      await page.getByLabel("Password").fill("wrong");
      await page.keyboard.press("Enter");
      await page.getByText("E-mail or password is wrong.").waitFor();
      await page.getByLabel("Password").fill("open sesame");
      await page.keyboard.press("Enter");
      await page.locator("text=Where the time goes").waitFor();
      expect(await page.getByRole("navigation", { name: "Screens" }).isVisible()).toBe(true);
    } finally {
      await served.close();
    }
  });
});
