import { describe, expect, it, vi } from "vitest";
import { createGatewatch } from "../create-gatewatch.ts";
import { Strangers } from "./contract/strangers.ts";
import { openVisitedApp, VISITED_OPTIONS } from "./contract/visited-app.ts";

/** `GATEWATCH_BOUNDS=1000000` for the long form, which takes minutes. */
const { GATEWATCH_BOUNDS } = process.env;
const VISITS = Number(GATEWATCH_BOUNDS ?? 3_000);
const LOGGED_VISITS = Number(GATEWATCH_BOUNDS ?? 800);
const TIMEOUT_MS = 3_600_000;

// oxlint-disable-next-line no-control-regex -- none may be there
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Hands what is written to standard output to `read`, line by line, until the returned function is called. */
function readOutput(read: (line: string) => void): () => void {
  let rest = "";
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text, encoding?: unknown, done?: unknown) => {
    const lines = (rest + String(text)).split("\n");
    rest = lines.pop()!;
    for (const line of lines) read(line);
    const callback = typeof encoding === "function" ? encoding : done;
    if (typeof callback === "function") (callback as () => void)();
    return true;
  });
  return () => write.mockRestore();
}

describe("many strangers", () => {
  it.each(["json", "text", "pretty"] as const)(
    "leave no control byte in a header, nor in a line of %s",
    { timeout: TIMEOUT_MS },
    async (format) => {
      const headerNames = new Set<string>();
      const badHeaders: string[] = [];
      const badLines: string[] = [];
      let lineCount = 0;
      const isPretty = format === "pretty";
      const accessLog = {
        format,
        pretty: isPretty ? "always" : "never",
        clientAddress: "keep",
        fields: "full",
        headers: ["*"],
      } as const;
      const core = createGatewatch({ ...VISITED_OPTIONS, accessLog }, { env: {}, dotenv: undefined });
      const app = openVisitedApp(core);
      const strangers = new Strangers(format.length);
      const last = Promise.withResolvers<void>();
      const stopReading = readOutput((line) => {
        lineCount++;
        // For people a stack has lines of its own.
        if (CONTROL.test(line) && badLines.length < 10) badLines.push(line);
        if (line.includes(`/${LOGGED_VISITS}`)) last.resolve();
      });
      try {
        for (let count = 0; count < LOGGED_VISITS; count++) {
          const { sent } = await strangers.visit(app);
          for (const line of sent.slice(0, sent.indexOf("\r\n\r\n")).split("\r\n")) {
            if (CONTROL.test(line) && badHeaders.length < 10) badHeaders.push(line);
            headerNames.add(line.slice(0, line.indexOf(":")).toLowerCase());
          }
        }
        await last.promise;
      } finally {
        stopReading();
      }
      await core.close(0);
      expect(badHeaders).toEqual([]);
      expect(badLines).toEqual([]);
      expect(lineCount).toBeGreaterThan(LOGGED_VISITS / 2);
      expect(headerNames).not.toContain("set-cookie");
      expect(headerNames.size).toBeLessThan(60);
      expect(core.stats().hooks.failures).toEqual({});
    },
  );

  it("leave no more than 2,000 rows of any metric", { timeout: TIMEOUT_MS }, async () => {
    const say = (): void => undefined;
    const logger = { info: say, warn: say, error: say };
    const core = createGatewatch({ ...VISITED_OPTIONS, logger }, { env: {}, dotenv: undefined });
    const app = openVisitedApp(core);
    const strangers = new Strangers(1);
    for (let count = 0; count < VISITS; count++) await strangers.visit(app);
    const { body } = core.metrics.expose();
    const rows = new Map<string, number>();
    for (const line of body.split("\n")) {
      if (line === "" || line.startsWith("#") || /_(?:bucket|sum)[ {]/.test(line)) continue;
      const name = /^[\w:]+/.exec(line)![0];
      rows.set(name, (rows.get(name) ?? 0) + 1);
    }
    expect([...rows].filter(([, count]) => count > 2_000)).toEqual([]);
    expect(rows.get("app_visits_total")).toBe(2_000);
    expect(body).toContain('app_visits_total{otel_metric_overflow="true"}');
    const { layers, hooks } = core.stats();
    expect(hooks.failures).toEqual({});
    expect(layers["metrics"]?.["metrics"]).toBeLessThanOrEqual(1_000);
    await core.close(0);
  });
});
