import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFirstAdminLink, createSignInLink } from "../auth/one-time-link.ts";
import { hashPassword } from "../auth/hash-password.ts";
import { startServerStandIn, TEST_START, type ServerStandIn } from "./testing/server-stand-in.ts";

let api: ServerStandIn;
beforeEach(async () => {
  api = await startServerStandIn();
});
afterEach(() => api.close());

const FORM = { "content-type": "application/x-www-form-urlencoded" };

function sameOrigin(): Record<string, string> {
  return { origin: api.url, "sec-fetch-site": "same-origin" };
}

async function firstLink(): Promise<string> {
  const link = await createFirstAdminLink(api.store, api.url, api.options.clock);
  return link!.slice(api.url.length);
}

function post(path: string, form: Record<string, string> = {}, headers = sameOrigin()): Promise<Response> {
  return api.fetch(path, { method: "POST", headers: { ...FORM, ...headers }, body: new URLSearchParams(form) });
}

function cookieOf(response: Response): string {
  return response.headers.get("set-cookie")!.split(";")[0]!;
}

describe("the one-time link", () => {
  test("survives being looked at, signs in on POST, and is over after it", async () => {
    const path = await firstLink();
    for (let look = 0; look < 2; look++) {
      const page = await api.fetch(path);
      expect(page.status).toBe(200);
      expect(page.headers.get("set-cookie")).toBeNull();
      expect(page.headers.get("referrer-policy")).toBe("strict-origin");
      expect(await page.text()).toContain('<form method="post">');
    }
    const used = await post(path);
    expect(used.status).toBe(303);
    expect(used.headers.get("location")).toBe("/");
    const session = await api.fetch("/api/session", { headers: { cookie: cookieOf(used) } });
    expect(await session.json()).toMatchObject({ user: { role: "admin" }, projects: [{ slug: "default" }] });

    const again = await post(path);
    expect(again.status).toBe(404);
    expect(again.headers.get("set-cookie")).toBeNull();
    expect((await api.fetch(path)).status).toBe(404);
  });

  test("HEAD does not use it up either", async () => {
    const path = await firstLink();
    expect((await api.fetch(path, { method: "HEAD" })).status).toBe(200);
    expect((await post(path)).status).toBe(303);
  });

  test("sets e-mail and password when they are given, which then sign in", async () => {
    await post(await firstLink(), { email: " Ann@Example.com ", password: "correct horse" });
    const signedIn = await signIn("ann@example.com", "correct horse");
    expect(signedIn.status).toBe(201);
    expect(await signedIn.json()).toMatchObject({ user: { email: "ann@example.com", role: "admin" } });
  });

  test.each([
    [{ email: "ann@example.com", password: "short" }, "10 to 256 characters"],
    [{ email: "nobody", password: "" }, "not an e-mail address"],
    [{ email: "", password: "correct horse" }, "needs an e-mail"],
  ])("a mistake in the form costs nothing: %j", async (form, message) => {
    const path = await firstLink();
    const refused = await post(path, form);
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain(message);
    expect((await post(path)).status).toBe(303);
  });

  test("a POST that another site caused is refused and uses nothing up", async () => {
    const path = await firstLink();
    const forced = await post(path, {}, { origin: "https://evil.example", "sec-fetch-site": "cross-site" });
    expect(forced.status).toBe(403);
    expect((await post(path)).status).toBe(303);
  });

  test("is over after its time", async () => {
    const path = await firstLink();
    api.time.now = TEST_START + 24 * 3_600_000 + 1;
    expect((await api.fetch(path)).status).toBe(404);
    expect((await post(path)).status).toBe(404);
  });

  test("used twice at once makes one admin", async () => {
    const [one, two] = [await firstLink(), await firstLink()];
    const answers = await Promise.all([post(one), post(two), post(one)]);
    expect(answers.filter((answer) => answer.status === 303)).toHaveLength(1);
    expect(await api.store.control.countUsers()).toBe(1);
  });

  test("is not made again for a first admin once there is one; a sign-in link is", async () => {
    await post(await firstLink());
    expect(await createFirstAdminLink(api.store, api.url, api.options.clock)).toBeNull();
    const link = await createSignInLink(api.store, `${api.url}/`, api.options.clock);
    expect(link.startsWith(`${api.url}/sign-in/link/`)).toBe(true);
    const used = await post(link.slice(api.url.length));
    expect(used.status).toBe(303);
    expect(await api.store.control.countUsers()).toBe(1);
  });

  test("its page lets nothing run and no one frame it", async () => {
    const page = await api.fetch(await firstLink());
    const policy = page.headers.get("content-security-policy")!;
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    const nonce = /style-src 'self' 'nonce-([^']+)'/.exec(policy)?.[1];
    expect(await page.text()).toContain(`<style nonce="${nonce}">`);
  });
});

async function signIn(email: string, password: string, headers: Record<string, string> = sameOrigin()) {
  return api.fetch("/api/session", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ email, password }),
  });
}

async function makeUser(): Promise<void> {
  await api.store.control.createUser({
    email: "ann@example.com",
    name: "Ann",
    role: "admin",
    passwordHash: await hashPassword("correct horse"),
    createdAt: TEST_START,
  });
}

describe("the password", () => {
  test("gives the same answer to unknown people and to wrong passwords", async () => {
    await makeUser();
    const bodies = [];
    for (const email of ["ann@example.com", "bob@example.com"]) {
      const response = await signIn(email, "wrong horse");
      expect(response.status).toBe(401);
      expect(response.headers.get("set-cookie")).toBeNull();
      bodies.push(((await response.json()) as { error: { message: string } }).error.message);
    }
    expect(bodies[0]).toBe(bodies[1]);
  });

  test("is limited by address, with the time to wait", async () => {
    const statuses = [];
    for (let attempt = 0; attempt < 11; attempt++) {
      const response = await signIn(`user${attempt}@example.com`, "x");
      statuses.push(response.status);
      expect(response.headers.has("retry-after")).toBe(response.status === 429);
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
    api.time.now += 60_000;
    expect((await signIn("late@example.com", "x")).status).toBe(401);
  });

  test("from another site is refused before it is looked at", async () => {
    await makeUser();
    const response = await signIn("ann@example.com", "correct horse", { origin: "https://evil.example" });
    expect(response.status).toBe(403);
  });

  test("can be changed by who knows it, which ends the other sessions", async () => {
    await makeUser();
    const here = cookieOf(await signIn("ann@example.com", "correct horse"));
    const there = cookieOf(await signIn("ann@example.com", "correct horse"));
    const change = (current: string) =>
      api.fetch("/api/users/me/password", {
        method: "PUT",
        headers: { "content-type": "application/json", cookie: here, ...sameOrigin() },
        body: JSON.stringify({ current, next: "battery staple" }),
      });
    expect((await change("wrong")).status).toBe(403);
    const changed = await change("correct horse");
    expect(changed.status).toBe(204);
    const status = async (cookie: string) => (await api.fetch("/api/session", { headers: { cookie } })).status;
    expect([await status(here), await status(there), await status(cookieOf(changed))]).toEqual([401, 401, 200]);
    expect((await signIn("ann@example.com", "battery staple")).status).toBe(201);
  });
});

describe("the session", () => {
  test("on plain loopback has a cookie named by the port, out of reach for scripts", async () => {
    const used = await post(await firstLink());
    const cookie = used.headers.get("set-cookie")!;
    expect(cookie).toMatch(new RegExp(`^gatewatch_${api.port}=[A-Za-z0-9_-]{43}; `));
    expect(cookie).toContain("; HttpOnly");
    expect(cookie).toContain("; SameSite=Lax");
    expect(cookie).toContain("; Path=/");
    expect(cookie).not.toContain("Secure");
  });

  test("is stored only as a hash", async () => {
    const cookie = cookieOf(await post(await firstLink()));
    const [session] = await api.store.control.listSessions(1);
    expect(session!.id).toMatch(/^[0-9a-f]{64}$/);
    expect(cookie).not.toContain(session!.id);
  });

  test("slides while it is used, and ends after 14 days of silence", async () => {
    const cookie = cookieOf(await post(await firstLink()));
    const use = () => api.fetch("/api/session", { headers: { cookie } });
    api.time.now += 13 * 86_400_000;
    const renewed = await use();
    expect(renewed.status).toBe(200);
    expect(cookieOf(renewed)).toBe(cookie);
    api.time.now += 13 * 86_400_000;
    expect((await use()).status).toBe(200);
    api.time.now += 15 * 86_400_000;
    expect((await use()).status).toBe(401);
  });

  test("can be listed, ended elsewhere, and signed out", async () => {
    const one = cookieOf(await post(await firstLink()));
    const link = await createSignInLink(api.store, api.url, api.options.clock);
    const two = cookieOf(await post(link.slice(api.url.length)));
    const list = (await (await api.fetch("/api/sessions", { headers: { cookie: one } })).json()) as {
      sessions: { id: string; current: boolean }[];
    };
    expect(list.sessions.map((session) => session.current).sort()).toEqual([false, true]);
    const other = list.sessions.find((session) => !session.current)!;
    const headers = { cookie: one, ...sameOrigin() };
    expect((await api.fetch(`/api/sessions/${other.id}`, { method: "DELETE", headers })).status).toBe(204);
    expect((await api.fetch("/api/session", { headers: { cookie: two } })).status).toBe(401);
    const out = await api.fetch("/api/session", { method: "DELETE", headers });
    expect(out.headers.get("set-cookie")).toContain("Max-Age=0");
    expect((await api.fetch("/api/session", { headers: { cookie: one } })).status).toBe(401);
  });

  test.each([
    ["no word on its origin", {}],
    ["another site", { "sec-fetch-site": "cross-site" }],
    ["a sister site", { "sec-fetch-site": "same-site" }],
    ["another origin", { origin: "http://127.0.0.1:1" }],
    ["an opaque origin", { origin: "null", "sec-fetch-site": "same-origin" }],
  ])("does not write for %s", async (_name, origin) => {
    const cookie = cookieOf(await post(await firstLink()));
    const response = await api.fetch("/api/projects", {
      method: "POST",
      headers: { "content-type": "application/json", cookie, ...(origin as Record<string, string>) },
      body: JSON.stringify({ name: "forced" }),
    });
    expect(response.status).toBe(403);
    expect(await api.store.control.findProject("forced")).toBeNull();
  });

  test("of a member may triage but not manage", async () => {
    const { headers } = await api.signIn("member");
    expect((await api.fetch("/api/issues", { headers })).status).toBe(200);
    expect((await api.fetch("/api/tokens", { headers })).status).toBe(403);
    expect((await api.fetch("/api/channels", { headers })).status).toBe(403);
  });
});

test("behind HTTPS the cookie is bound to the host and secure", async () => {
  const secured = await startServerStandIn({ publicUrl: "https://watch.example" });
  try {
    const link = await createFirstAdminLink(secured.store, "", secured.options.clock);
    const answer = await secured.app.inject({
      method: "POST",
      url: link!,
      headers: { host: "watch.example", origin: "https://watch.example", ...FORM },
      payload: "",
    });
    expect(answer.headers["set-cookie"]).toMatch(/^__Host-gatewatch=.*; Path=\/; .*HttpOnly; SameSite=Lax; Secure$/);
  } finally {
    await secured.close();
  }
});
