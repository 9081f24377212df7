import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { openBrowser, openContext, SCHEMES, SCREENS, WIDTHS } from "./open-browser.ts";
import { serveDist } from "./serve-dist.ts";

// Pictures of every screen in both themes and widths: `node dev/shoot.ts --out FOLDER [--only NAME]`, after a build.
const { values } = parseArgs({
  options: { out: { type: "string", default: "shots" }, only: { type: "string", default: "" } },
});
await mkdir(values.out, { recursive: true });
const browser = await openBrowser();
const full = await serveDist();
const empty = await serveDist({ empty: true });
const door = await serveDist({ signedOut: true });
type Act = (page: Page) => Promise<unknown>;
/** States that a press brings about. */
const STATES: { name: string; path: string; ready: string; act: Act }[] = [
  ...["Breadcrumbs", "Request", "Similar", "Grouping"].map((tab) => ({
    name: `issue-${tab.toLowerCase()}`,
    path: "/issues/1",
    ready: "text=Fix in the code",
    act: (page: Page) => page.getByRole("tab", { name: tab }).click(),
  })),
  { name: "issue-rules", path: "/issues/2", ready: "text=Preliminary", act: (page) => page.keyboard.press("e") },
  {
    name: "issue-failed",
    path: "/issues/4",
    ready: "text=The analysis failed",
    act: (page) => page.keyboard.press("c"),
  },
  {
    name: "issues-bulk",
    path: "/issues",
    ready: "#issue-1",
    act: async (page) => {
      for (const key of ["j", "x", "j", "x", "j", "/"]) await page.keyboard.press(key);
      await page.keyboard.type("r");
      await page.getByRole("option").first().waitFor();
    },
  },
  {
    name: "live-drawer",
    path: "/live",
    ready: "[role=table] [role=row] >> nth=5",
    act: (page) => page.locator("[role=row] button").nth(4).click(),
  },
  {
    name: "protection-event",
    path: "/protection?anomaly=6",
    ready: "text=Compression figures",
    act: (page) => page.getByRole("heading", { name: "What is watched" }).scrollIntoViewIfNeeded(),
  },
  {
    name: "commands",
    path: "/",
    ready: "text=Where the time goes",
    act: async (page) => {
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox").fill("er");
      await page.getByRole("option", { name: /Error/ }).first().waitFor();
    },
  },
  { name: "keys", path: "/", ready: "text=Where the time goes", act: (page) => page.keyboard.press("?") },
  {
    name: "menu",
    path: "/issues/1",
    ready: "text=Fix in the code",
    act: (page) => page.getByRole("button", { name: "Ignore" }).click(),
  },
  {
    name: "table",
    path: "/",
    ready: "text=Where the time goes",
    act: (page) => page.getByRole("button", { name: "View as table" }).click(),
  },
];
const places: { name: string; path: string; ready: string; url: string; act?: Act }[] = [
  ...SCREENS.map((screen) => Object.assign({ url: full.url }, screen)),
  ...STATES.map((state) => Object.assign({ url: full.url }, state)),
  { name: "empty", path: "/", ready: "text=Waiting for your first event", url: empty.url },
  { name: "sign-in", path: "/", ready: "text=Sign in to Gatewatch", url: door.url },
];
for (const width of WIDTHS) {
  for (const scheme of SCHEMES) {
    const context = await openContext(browser, width, scheme);
    for (const place of places.filter((candidate) => candidate.name.includes(values.only))) {
      const page = await context.newPage();
      page.on("console", (message) => {
        if (message.type() === "error") console.error(`${place.name}: ${message.text()}`);
      });
      page.on("pageerror", (error) => console.error(`${place.name}: ${error.message}`));
      await page.goto(place.url + place.path);
      await page.locator(place.ready).first().waitFor();
      await place.act?.(page);
      await page.screenshot({ path: join(values.out, `${place.name}-${width}-${scheme}.png`) });
      await page.close();
    }
    await context.close();
  }
}
await browser.close();
await Promise.all([full.close(), empty.close(), door.close()]);
console.log(`Pictures are in ${values.out}`);
