import { describe, expect, it } from "vitest";
import { createGatewatch } from "../create-gatewatch.ts";
import { gatewatch } from "./fetch.ts";

const silence = (): void => undefined;
const SILENT = { info: silence, warn: silence, error: silence };

describe("the cache before a fetch handler", () => {
  it("keeps answers apart by the address that the handler reads, whatever Host says", async () => {
    const core = createGatewatch({ accessLog: false, cache: { enabled: true }, logger: SILENT }, { env: {} });
    const handle = gatewatch((request: Request) => {
      const headers = { "Cache-Control": "public, max-age=60", "Content-Type": "text/plain" };
      return new Response(`link to ${new URL(request.url).host}`, { headers });
    }, core);
    const ask = async (url: string, headers: Record<string, string> = {}): Promise<string> =>
      (await handle(new Request(url, { headers }))).text();
    expect(await ask("http://evil.test/a", { host: "shop.test" })).toBe("link to evil.test");
    expect(await ask("http://shop.test/a")).toBe("link to shop.test");
    expect(await ask("http://shop.test/a", { host: "shop.test" })).toBe("link to shop.test");
    await core.close();
  });
});
