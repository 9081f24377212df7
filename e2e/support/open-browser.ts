import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

/** Chromium as the machine has it; undefined where there is none. */
export function findChromium(): string | undefined {
  const path = process.env.GATEWATCH_TEST_CHROMIUM ?? "/usr/bin/chromium";
  return path !== "" && existsSync(path) ? path : undefined;
}

export function openBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
