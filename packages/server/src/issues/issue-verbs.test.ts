import { describe, expect, it } from "vitest";
import { ApiError } from "../model/api-error.ts";
import type { IssueHashRecord, IssueRecord } from "../model/issue.ts";
import type { IssueStore } from "../model/store.ts";
import { ignoreIssue } from "./ignore-issue.ts";
import { mergeIssues } from "./merge-issues.ts";
import { reopenIssue } from "./reopen-issue.ts";
import { resolveIssue } from "./resolve-issue.ts";
import { splitIssue } from "./split-issue.ts";

const AT = 1_763_600_000_000;
const TARGET = { projectId: 1, issueId: 1, by: "ada", at: AT };

/** One issue with two hashes; the first `races` writes are lost to the digest, which adds an event each time. */
function openStore(races = 0, patch: Partial<IssueRecord> = {}) {
  let issue = {
    id: 1,
    projectId: 1,
    version: 1,
    state: "ongoing",
    events: 10,
    lastRelease: "1.2.0",
    ...patch,
  } as IssueRecord;
  let lost = 0;
  const activity: { action: string }[] = [];
  const regrouped: unknown[] = [];
  const issues: Partial<IssueStore> = {
    get: async (projectId, id) => (projectId === 1 && (id === 1 || id === 2) ? { ...issue, id } : null),
    update: async (_projectId, _id, version, change, entry) => {
      if (lost < races) {
        lost += 1;
        issue = { ...issue, version: issue.version + 1, events: issue.events + 1 };
      }
      if (version !== issue.version) return null;
      issue = { ...issue, ...change, version: version + 1 };
      activity.push(entry);
      return issue;
    },
    listHashes: async (_projectId, id) =>
      id === 1 || regrouped.length === 0
        ? [
            { id: 10 * id + 1, events: 4 } as IssueHashRecord,
            { id: 10 * id + 2, events: 6 } as IssueHashRecord,
            { id: 10 * id + 3, events: 0 } as IssueHashRecord,
          ]
        : [],
    regroup: async (command) => {
      regrouped.push(command);
      return { issueId: command.into === "new" ? 2 : command.into, from: [] };
    },
  };
  return { store: { issues: issues as IssueStore }, activity, regrouped };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "none",
    (error: unknown) => (error instanceof ApiError ? error.code : String(error)),
  );
}

describe("the verbs of an issue", () => {
  it("resolve at once, or after the release that has it", async () => {
    const { store, activity } = openStore();
    expect(await resolveIssue(store, TARGET)).toMatchObject({
      state: "resolved",
      resolvedAt: AT,
      resolvedInRelease: null,
    });
    expect(await resolveIssue(store, { ...TARGET, inNextRelease: true })).toMatchObject({
      resolveInNextRelease: true,
      resolvedInRelease: "1.2.0",
    });
    expect(activity.map(({ action }) => action)).toEqual(["resolved", "resolved in the next release"]);
  });

  it("ignore until an absolute count, taken after the last lost race", async () => {
    const { store } = openStore(3);
    expect(await ignoreIssue(store, { ...TARGET, untilCount: 5 })).toMatchObject({
      state: "ignored",
      events: 13,
      ignoreUntilCount: 18,
    });
  });

  it.each([{ untilCount: 0 }, { untilCount: 1.5 }, { until: AT }, { until: Number.NaN }])(
    "refuse to ignore with %j",
    async (bad) => {
      expect(await codeOf(ignoreIssue(openStore().store, { ...TARGET, ...bad }))).toBe("invalid_request");
    },
  );

  it("reopen what is closed and leave what is open", async () => {
    expect(
      await reopenIssue(
        openStore(0, { state: "ignored", ignoreUntilCount: 9, firstSeen: AT - 86_400_000 }).store,
        TARGET,
      ),
    ).toMatchObject({
      state: "ongoing",
      ignoreUntilCount: null,
    });
    const young = openStore(0, { state: "resolved", firstSeen: AT - 86_399_999 });
    expect(await reopenIssue(young.store, TARGET)).toMatchObject({ state: "new" });
    const open = openStore(0, { state: "regressed" });
    expect(await reopenIssue(open.store, TARGET)).toMatchObject({ state: "regressed", version: 1 });
    expect(open.activity).toEqual([]);
  });

  it("say not_found for a stranger's issue, and conflict after too many lost races", async () => {
    expect(await codeOf(resolveIssue(openStore().store, { ...TARGET, projectId: 2 }))).toBe("not_found");
    expect(await codeOf(resolveIssue(openStore(99).store, TARGET))).toBe("conflict");
  });

  it("take turns, so that two hundred people at once all succeed, and the same wish again changes nothing", async () => {
    const { store, activity } = openStore();
    const wishes = Array.from({ length: 200 }, (_, index) =>
      index % 2 === 0 ? resolveIssue(store, TARGET) : ignoreIssue(store, { ...TARGET, untilCount: index }),
    );
    const states = (await Promise.all(wishes)).map(({ state }) => state);
    expect(states.filter((state) => state === "resolved")).toHaveLength(100);
    expect(activity).toHaveLength(200);
    const again = await Promise.all(Array.from({ length: 200 }, () => resolveIssue(store, TARGET)));
    expect(new Set(again.map(({ version }) => version))).toEqual(new Set([202]));
    expect(activity).toHaveLength(201);
  });

  it("go on after a turn that failed", async () => {
    const { store } = openStore();
    const failed = codeOf(resolveIssue(store, { ...TARGET, issueId: 9 }));
    expect((await resolveIssue(store, TARGET)).state).toBe("resolved");
    expect(await failed).toBe("not_found");
    const { get } = store.issues;
    store.issues.get = () => Promise.reject(new Error("away"));
    const broken = resolveIssue(store, TARGET).catch((error: Error) => error.message);
    store.issues.get = get;
    expect(await broken).toBe("away");
    expect((await reopenIssue(store, TARGET)).state).toBe("ongoing");
  });

  it("merge every hash of the sources", async () => {
    const { store, regrouped } = openStore();
    await mergeIssues(store, { projectId: 1, into: 1, from: [2, 2, 1], by: "ada", at: AT });
    expect(regrouped).toEqual([{ projectId: 1, hashIds: [21, 22, 23], into: 1, action: "merge", by: "ada", at: AT }]);
    expect(await codeOf(mergeIssues(store, { projectId: 1, into: 1, from: [1], by: "ada", at: AT }))).toBe(
      "invalid_request",
    );
    expect(await codeOf(mergeIssues(store, { projectId: 1, into: 1, from: [3], by: "ada", at: AT }))).toBe("not_found");
  });

  it("split off the named hashes, but neither strange ones, nor all that have events, nor none of them", async () => {
    const { store, regrouped } = openStore();
    expect(await splitIssue(store, { projectId: 1, issueId: 1, hashIds: [11], by: "ada", at: AT })).toMatchObject({
      id: 2,
    });
    expect(regrouped).toMatchObject([{ hashIds: [11], into: "new", action: "split" }]);
    for (const hashIds of [[], [99], [11, 12], [13]])
      expect(await codeOf(splitIssue(store, { projectId: 1, issueId: 1, hashIds, by: "ada", at: AT }))).toBe(
        "invalid_request",
      );
  });
});
