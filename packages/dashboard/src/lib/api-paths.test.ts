import { expect, test } from "vitest";
import { eventPath, issuesPath, overviewPath } from "./api-paths.ts";

test("the addresses are those by which the server writes the first answers into the page", () => {
  expect(overviewPath(3, "1h")).toBe("/api/overview?project=3&range=1h");
  expect(issuesPath(3, { tab: "unresolved", query: "" }, null)).toBe(
    "/api/issues?project=3&limit=50&states=new,ongoing,regressed",
  );
  expect(issuesPath(3, { tab: "all", query: "is:new a&b" }, "c/1")).toBe(
    "/api/issues?project=3&limit=50&q=is%3Anew%20a%26b&cursor=c%2F1",
  );
});

test("an event's own id cannot leave its place in the address", () => {
  expect(eventPath(1, "../x?y")).toBe("/api/events/..%2Fx%3Fy?project=1");
});
