import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
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
const places = [
  ...SCREENS.map((screen) => Object.assign({ url: full.url }, screen)),
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
      await page.screenshot({ path: join(values.out, `${place.name}-${width}-${scheme}.png`) });
      await page.close();
    }
    await context.close();
  }
}
await browser.close();
await Promise.all([full.close(), empty.close(), door.close()]);
console.log(`Pictures are in ${values.out}`);
