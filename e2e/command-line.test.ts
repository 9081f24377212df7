import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { IssueList, TokenList } from "@gatewatch/protocol";
import { COMMANDS } from "../packages/server/src/cli/commands.ts";
import { startGatewatch, runCommand, type RunningServer } from "./support/start-gatewatch.ts";
import { startProcess } from "./support/start-process.ts";

const CLI = "packages/server/src/cli/main.ts";

const folders: string[] = [];
function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "gatewatch-e2e-"));
  folders.push(folder);
  return folder;
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** What a command said that could not run; `refused` is what it should be: code 2, and one sentence without a stack. */
function refusalOf(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { code, stderr, stdout } = runCommand<unknown>(args);
  return { code, stdout, stderr };
}
const refused = (says: RegExp) => ({
  code: 2,
  stdout: "",
  stderr: expect.stringMatching(new RegExp(`^gatewatch: .*${says.source}.*\\.\n$`)) as string,
});

describe("every command", () => {
  test.each(COMMANDS.map(({ name }) => [name]))("%s --help names its options", (name) => {
    const { code, stdout, stderr } = runCommand<unknown>([...name.split(" "), "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { options, summary } = COMMANDS.find((command) => command.name === name)!;
    for (const word of [summary, "--data", "--json", ...options.map((option) => `--${option.name}`)])
      expect(stdout).toContain(word);
  });

  test("is listed by --help, and an unknown one or an unknown option gets the nearest known word", () => {
    const { code, stdout } = runCommand<unknown>(["--help"]);
    expect(code).toBe(0);
    for (const { name } of COMMANDS) expect(stdout).toContain(`  ${name}`);
    expect(refusalOf("doktor")).toEqual(refused(/Did you mean "doctor"\?/));
    expect(refusalOf("start", "--prot", "1")).toEqual(refused(/no option --prot.* Did you mean --port\?/));
    expect(refusalOf("token", "create", "--scope", "all")).toEqual(refused(/--scope is "all".*ingest, read, admin/));
  });
});

describe("without a server", () => {
  test("a token is made and listed under the folder's lock, and tail and test say that no server runs", () => {
    const data = makeFolder();
    const made = runCommand<{ token: string }>(["token", "create", "--scope", "read", "--data", data, "--json"]);
    expect({ code: made.code, keys: Object.keys(made.json) }).toEqual({ code: 0, keys: ["token"] });
    expect(made.json.token).toMatch(/^gatewatch_rd_\w{40,}$/);
    const { tokens } = runCommand<TokenList>(["token", "list", "--data", data, "--json"]).json;
    expect(tokens.map(({ scope, hint }) => ({ scope, isHint: made.json.token.endsWith(hint.slice(-4)) }))).toEqual([
      { scope: "read", isHint: true },
    ]);
    expect(refusalOf("tail", "--data", data)).toEqual(refused(/No server runs/));
    expect(refusalOf("test", "--data", data)).toEqual(refused(/No server runs/));
  });

  test("a data folder that cannot be one is refused with the way out", () => {
    const file = join(makeFolder(), "file");
    writeFileSync(file, "");
    expect(refusalOf("start", "--port", "0", "--data", join(file, "data"))).toEqual(
      refused(/is a file, not a folder.*--data/),
    );
  });

  test("doctor finds others' eyes on the key file, and exits with 1", () => {
    const data = makeFolder();
    runCommand(["token", "list", "--data", data]);
    chmodSync(join(data, "secret.key"), 0o644);
    const { code, json } = runCommand<{ ok: boolean; findings: { check: string; state: string; fix?: string }[] }>([
      "doctor",
      "--data",
      data,
      "--json",
    ]);
    expect({ code, ok: json.ok }).toEqual({ code: 1, ok: false });
    expect(json.findings.find(({ check }) => check === "secret.key")).toMatchObject({
      state: "bad",
      fix: expect.stringContaining("chmod 600"),
    });
  });
});

describe("beside a running server", () => {
  let server: RunningServer;
  const run = <Answer>(...args: string[]) => runCommand<Answer>([...args, "--data", server.dataDir, "--json"]);
  beforeAll(async () => {
    server = await startGatewatch();
  });
  afterAll(() => server?.remove());

  test("a second server on the port or on the folder is refused", () => {
    const port = new URL(server.url).port;
    expect(refusalOf("start", "--port", port, "--data", makeFolder())).toEqual(
      refused(new RegExp(`Port ${port} .*is taken.*--port`)),
    );
    expect(refusalOf("start", "--port", "0", "--data", server.dataDir)).toEqual(
      refused(/Another Gatewatch server.*--data/),
    );
  });

  test("`test` sends one error and says where it landed; issues lists it and fails on demand", () => {
    expect(run<IssueList>("issues", "--fail")).toMatchObject({ code: 0, json: { issues: [] } });
    const sent = run<{ accepted: number; issueId: number; url: string }>("test");
    expect(sent).toMatchObject({ code: 0, json: { accepted: 1, url: `${server.url}/issues/${sent.json.issueId}` } });
    const listed = run<IssueList>("issues");
    expect(listed.code).toBe(0);
    expect(listed.json.issues).toMatchObject([{ id: sent.json.issueId, events: 1, state: "new" }]);
    expect(run("issues", "--fail").code).toBe(1);
    expect(run("issues", "--fail", "--query", "is:regressed").code).toBe(0);
    expect(runCommand(["issues", "--data", server.dataDir]).stdout).toContain("GatewatchTestError");
  });

  test("a token works from the moment it is made to the moment it is revoked", async () => {
    const { token } = run<{ token: string }>("token", "create", "--scope", "read", "--name", "short-lived").json;
    const ask = async () =>
      (await fetch(`${server.url}/api/issues`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await ask()).toBe(200);
    const { id } = run<TokenList>("token", "list").json.tokens.find(({ name }) => name === "short-lived")!;
    expect(run("token", "revoke", String(id))).toMatchObject({ code: 0, json: { revoked: id } });
    expect(await ask()).toBe(401);
  });

  test("a token of another project does not see this one's issues", async () => {
    const { token } = run<{ token: string }>("token", "create", "--scope", "read", "--project", "other").json;
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${server.url}/api/issues?q=`, { headers });
    expect(((await response.json()) as IssueList).issues).toEqual([]);
  });

  test("doctor is content", () => {
    const { code, json } = run<{ ok: boolean; findings: { check: string; state: string }[] }>("doctor");
    expect(json.findings.filter(({ state }) => state === "bad")).toEqual([]);
    expect({ code, ok: json.ok }).toEqual({ code: 0, ok: true });
  });

  test("backup writes a copy that opens as a data folder of its own and holds what was there", () => {
    const target = join(makeFolder(), "copy");
    const { code, json } = run<{ path: string; bytes: number }>("backup", target);
    expect(code).toBe(0);
    expect(json.bytes).toBeGreaterThan(0);
    expect(existsSync(json.path)).toBe(true);
    const restored = runCommand<IssueList>(["issues", "--data", target, "--json"]);
    expect(restored).toMatchObject({ code: 0, json: { issues: run<IssueList>("issues").json.issues } });
    expect(refusalOf("backup", target, "--data", server.dataDir)).toEqual(refused(/exists already/));
    expect(refusalOf("backup", server.dataDir, "--data", server.dataDir)).toEqual(refused(/exists already/));
  });

  test("tail prints each request and each new issue as JSON until it is interrupted", async () => {
    const { token } = run<{ token: string }>("token", "create", "--scope", "ingest").json;
    const tail = startProcess(CLI, ["tail", "--json", "--data", server.dataDir]);
    const seen = tail.waitForLine((line) => (line.includes('"/tailed/') ? (JSON.parse(line) as unknown) : undefined));
    const isSeen = seen.then(() => true);
    for (let number = 0; (await Promise.race([isSeen, post(number)])) !== true; number++);
    expect(await seen).toMatchObject({
      type: "requests",
      rows: expect.arrayContaining([expect.objectContaining({ method: "GET", status: 204, durationMs: 1 })]),
    });
    tail.child.kill("SIGINT");
    expect(await tail.exited).toEqual({ code: 0, signal: null });

    /** The command says nowhere when it has begun to listen, so requests are sent until it prints one. */
    async function post(number: number): Promise<false> {
      const batch = `01900000-0000-7000-8000-${String(number).padStart(12, "0")}`;
      const events = [
        { type: "request", time: Date.now(), method: "GET", path: `/tailed/${number}`, status: 204, durationMs: 1 },
      ];
      const response = await fetch(`${server.url}/v1/events`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ batch, sentAt: Date.now(), events }),
      });
      expect(response.status).toBe(200);
      return false;
    }
  });

  test("everything taken is still there after SIGTERM and a new start", async () => {
    const before = run<IssueList>("issues", "--query", "").json;
    await server.stop();
    expect(server.process.child.exitCode).toBe(0);
    server = await startGatewatch({ dataDir: server.dataDir });
    expect(run<IssueList>("issues", "--query", "").json).toEqual(before);
    const { token } = run<{ token: string }>("token", "create", "--scope", "read").json;
    const health = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    expect(await health.text()).toContain("gatewatch_");
    expect(((await (await fetch(`${server.url}/readyz`)).json()) as { status: string }).status).toBe("ready");
  });
});
