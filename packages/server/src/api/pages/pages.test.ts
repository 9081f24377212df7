import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BootData } from "@gatewatch/protocol";
import { createToken } from "../../auth/create-credential.ts";
import { seedProject, type SeededProject } from "../testing/seed-project.ts";
import { startServerStandIn, type ServerStandIn } from "../testing/server-stand-in.ts";

const INDEX = `<!doctype html><html><head><title>Gatewatch</title>
<script type="application/json" id="boot">null</script>
<script type="module" src="/assets/main-abc123.js"></script></head><body></body></html>`;

let api: ServerStandIn;
let dist: string;
let own: SeededProject;
beforeAll(async () => {
  dist = await mkdtemp(join(tmpdir(), "gatewatch-dist-"));
  await mkdir(join(dist, "assets"));
  await writeFile(join(dist, "index.html"), INDEX);
  await writeFile(join(dist, "icon.svg"), "<svg/>");
  await writeFile(join(dist, "assets", "main-abc123.js"), "console.log(1);".repeat(200));
  api = await startServerStandIn({ dashboardDir: dist });
  own = await seedProject(api.store, 1, api.time.now);
});
afterAll(async () => {
  await api.close();
  await rm(dist, { recursive: true, force: true });
});

async function bootOf(response: Response): Promise<BootData> {
  const text = await response.text();
  const json = /<script type="application\/json" id="boot">([^<]*)<\/script>/.exec(text)?.[1];
  return JSON.parse(json!) as BootData;
}

describe("the page", () => {
  test("has a policy without inline script, and nobody may frame or keep it", async () => {
    const page = await api.fetch("/");
    const policy = page.headers.get("content-security-policy")!;
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
    expect(page.headers.get("x-frame-options")).toBe("DENY");
  });

  test.each(["/", "/issues", "/issues/7", "/live", "/sign-in", "/?range=24h"])("is served at %s", async (path) => {
    const page = await api.fetch(path);
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
  });

  test("tells a stranger nothing", async () => {
    expect(await bootOf(await api.fetch("/issues"))).toEqual({
      session: null,
      projectId: null,
      answers: {},
      now: api.time.now,
    });
  });

  test("is no place for tokens: they get what a stranger gets", async () => {
    const { token } = await createToken(api.store, { projectId: 1, scope: "admin", name: "t", at: api.time.now });
    expect(await bootOf(await api.fetch("/", { headers: { authorization: `Bearer ${token}` } }))).toMatchObject({
      session: null,
      answers: {},
    });
  });
});

describe("the first screen's data", () => {
  let headers: Record<string, string>;
  beforeAll(async () => {
    ({ headers } = await api.signIn("member"));
  });

  test.each([
    ["/", "/api/overview?project=1&range=1h"],
    ["/?project=1&range=24h", "/api/overview?project=1&range=24h"],
    ["/?range=nonsense", "/api/overview?project=1&range=1h"],
    ["/issues", "/api/issues?project=1&limit=50&states=new,ongoing,regressed"],
    ["/issues?tab=all&q=level:error%20planted", "/api/issues?project=1&limit=50&q=level%3Aerror%20planted"],
    ["/issues?tab=__proto__", "/api/issues?project=1&limit=50&states=new,ongoing,regressed"],
    ["/issues/1", "/api/issues/1?project=1"],
  ])("of %s stands under %s and is the same as over HTTP", async (path, question) => {
    const boot = await bootOf(await api.fetch(path, { headers }));
    const asked = await (await api.fetch(question, { headers })).json();
    expect(boot.answers).toEqual({ [question]: asked });
    expect(boot.projectId).toBe(1);
    expect(boot.session?.user.role).toBe("member");
  });

  test("of an issue that is not there is left out", async () => {
    const boot = await bootOf(await api.fetch("/issues/999", { headers }));
    expect(boot.answers).toEqual({});
    expect(boot.session).not.toBeNull();
  });

  test("cannot end its script, whatever an attacker wrote into an error", async () => {
    const evil = "</script><script>alert(1)</script><!--\u2028$&$'";
    await api.store.issues.update(1, own.issueId, 1, { title: evil }, { at: 1, by: "x", action: "x" });
    const issue = await api.store.issues.get(1, own.issueId);
    expect(issue?.title).toBe(evil);
    const page = await api.fetch(`/issues/${own.issueId}`, { headers });
    const text = await page.clone().text();
    expect(text.match(/<script/g)).toHaveLength(2);
    expect(text).not.toContain("\u2028");
    const boot = await bootOf(page);
    expect(Object.values(boot.answers)).toMatchObject([{ title: evil }]);
  });
});

describe("files", () => {
  test("whose name holds their hash are kept for ever, others are asked again", async () => {
    const asset = await api.fetch("/assets/main-abc123.js", { headers: { "accept-encoding": "gzip" } });
    expect(asset.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(asset.headers.get("content-encoding")).toBe("gzip");
    expect(asset.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(await asset.text()).toContain("console.log(1)");
    const icon = await api.fetch("/icon.svg");
    expect(icon.headers.get("cache-control")).toBe("no-cache");
    const again = await api.fetch("/icon.svg", { headers: { "if-none-match": icon.headers.get("etag")! } });
    expect(again.status).toBe(304);
  });

  test.each(["/assets/../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/assets/none.js", "/index.html", "/assets/"])(
    "%s is not there",
    async (path) => {
      const answer = await api.app.inject({ url: path });
      expect(answer.statusCode).toBe(404);
    },
  );
});

test("a page that does not exist says so as a page to people and as an error to programs", async () => {
  const page = await api.fetch("/nowhere", { headers: { accept: "text/html" } });
  expect(page.status).toBe(404);
  expect(await page.text()).toContain("no such page");
  const error = await api.fetch("/nowhere");
  expect(await error.json()).toMatchObject({ error: { code: "not_found" } });
});

test("without a build the page says how to make one", async () => {
  const bare = await startServerStandIn();
  try {
    const page = await bare.fetch("/");
    expect(page.status).toBe(503);
    expect(await page.text()).toContain("npm run build");
  } finally {
    await bare.close();
  }
});

test("the pages without script wear the dashboard's colours", async () => {
  const page = await (await api.fetch("/nowhere", { headers: { accept: "text/html" } })).text();
  const styles = await readFile(new URL("../../../../dashboard/src/app/styles.css", import.meta.url), "utf8");
  const colours = page.match(/light-dark\(oklch\([^)]*\), oklch\([^)]*\)\)/g) ?? [];
  expect(colours).toHaveLength(8);
  for (const colour of colours) expect(styles).toContain(colour);
});
