import { expect, test } from "vitest";
import { readBoot } from "./boot.ts";

test("boot data is read as written", () => {
  const boot = readBoot('{"session":null,"projectId":3,"answers":{"/api/x":1},"now":5}');
  expect(boot).toEqual({ session: null, projectId: 3, answers: { "/api/x": 1 }, now: 5 });
});

test.each([undefined, "", "null", "{broken", "7"])("boot data of %j is none, and nothing throws", (text) => {
  expect(readBoot(text)).toBeNull();
});
