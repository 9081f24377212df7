import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";

/** An empty variable says that there is none. */
export const CHROMIUM = process.env["GATEWATCH_TEST_CHROMIUM"] ?? "/usr/bin/chromium";

export const WIDTHS = [1280, 390] as const;
export const SCHEMES = ["light", "dark"] as const;
export type Scheme = (typeof SCHEMES)[number];

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--force-color-profile=srgb",
      "--font-render-hinting=none",
    ],
  });
}

/** A window of that width and scheme whose pages count every shift of their layout. */
export async function openContext(browser: Browser, width: number, scheme: Scheme): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width, height: width > 600 ? 800 : 844 },
    colorScheme: scheme,
    reducedMotion: "reduce",
    timezoneId: "UTC",
  });
  await context.addInitScript(() => {
    const shifts: number[] = [];
    (globalThis as unknown as { shifts: number[] }).shifts = shifts;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value);
    }).observe({ type: "layout-shift", buffered: true });
  });
  return context;
}

/** Sum of the layout's shifts since the page was opened. */
export function readShift(page: Page): Promise<number> {
  return page.evaluate(() =>
    (globalThis as unknown as { shifts: number[] }).shifts.reduce((sum, value) => sum + value, 0),
  );
}

/** The screens, each with what shows that it is there. */
export const SCREENS = [
  { name: "overview", path: "/", ready: "text=Where the time goes" },
  { name: "issues", path: "/issues", ready: "#issue-1" },
  { name: "issue", path: "/issues/1", ready: "text=Fix in the code" },
  { name: "protection", path: "/protection", ready: "text=How sure" },
  { name: "live", path: "/live", ready: "[role=table] [role=row] >> nth=5" },
] as const;
