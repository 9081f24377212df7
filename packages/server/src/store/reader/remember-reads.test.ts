import { beforeEach, expect, test } from "vitest";
import type { ControlStore, ProjectRecord } from "../../model/store.ts";
import { rememberReads } from "./remember-reads.ts";

let asked: string[];
let project: ProjectRecord | null;
let beforeAnswer: () => Promise<unknown>;
let control: ControlStore;

beforeEach(() => {
  asked = [];
  project = { id: 1, name: "Shop", slug: "shop", createdAt: 0, settings: { colour: "red" } };
  beforeAnswer = async () => undefined;
  const base: Partial<ControlStore> = {
    async getProject(id) {
      asked.push(`getProject ${id}`);
      const answer = project;
      await beforeAnswer();
      return answer;
    },
    async updateProject(_id, patch) {
      project = { ...project!, ...patch };
      return project;
    },
    async getSetting(key) {
      asked.push(`getSetting ${key}`);
      return 1;
    },
  };
  control = rememberReads(base as ControlStore);
});

test("a project is read once until something is written", async () => {
  expect((await control.getProject(1))?.name).toBe("Shop");
  expect((await control.getProject(1))?.name).toBe("Shop");
  expect(asked).toEqual(["getProject 1"]);
  await control.updateProject(1, { name: "Market" });
  expect((await control.getProject(1))?.name).toBe("Market");
  await control.getProject(2);
  expect(asked).toEqual(["getProject 1", "getProject 1", "getProject 2"]);
});

test("what was read beside a write is not remembered", async () => {
  beforeAnswer = () => control.updateProject(1, { name: "Market" });
  expect((await control.getProject(1))?.name).toBe("Shop");
  beforeAnswer = async () => undefined;
  expect((await control.getProject(1))?.name).toBe("Market");
});

test("a caller that changes its answer changes nobody else's", async () => {
  for (let time = 0; time < 3; time++) {
    const answer = await control.getProject(1);
    expect(answer!.settings).toEqual({ colour: "red" });
    answer!.settings["colour"] = "blue";
  }
});

test("what is not there, and every other question, is asked each time", async () => {
  project = null;
  await control.getProject(1);
  await control.getProject(1);
  await control.getSetting("a");
  await control.getSetting("a");
  expect(asked).toEqual(["getProject 1", "getProject 1", "getSetting a", "getSetting a"]);
});
