import { expect, test } from "vitest";
import type { Principal } from "../model/principal.ts";
import { ACTIONS, can, scopeFor, type Action } from "./can.ts";

const token = (scope: "ingest" | "read" | "admin", projectId: number): Principal => ({
  kind: "token",
  credentialId: 1,
  projectId,
  scope,
});
const user = (role: "admin" | "member"): Principal => ({ kind: "user", userId: 1, sessionId: "s", role });

/** Who may do what in project 2; `configure` and `self` are asked without a project. */
const TABLE: [string, Principal, Action[]][] = [
  ["ingest token of the project", token("ingest", 2), ["ingest"]],
  ["read token of the project", token("read", 2), ["read"]],
  ["admin token of the project", token("admin", 2), ["ingest", "read", "triage", "manage"]],
  ["ingest token of the first project", token("ingest", 1), []],
  ["read token of the first project", token("read", 1), []],
  ["admin token of the first project", token("admin", 1), ["configure"]],
  ["ingest token of another project", token("ingest", 3), []],
  ["read token of another project", token("read", 3), []],
  ["admin token of another project", token("admin", 3), []],
  ["member", user("member"), ["read", "triage", "self"]],
  ["admin", user("admin"), ["read", "triage", "manage", "configure", "self"]],
  ["operator", { kind: "operator" }, ["ingest", "read", "triage", "manage", "configure"]],
];

const cases = TABLE.flatMap(([name, principal, allowed]) =>
  ACTIONS.map((action) => ({ name, principal, action, allowed: allowed.includes(action) })),
);

test.each(cases)("can() answers $allowed for $action by the $name", ({ principal, action, allowed }) => {
  const projectId = action === "configure" || action === "self" ? null : 2;
  expect(can(principal, action, projectId)).toBe(allowed);
});

test("a token of a project may do nothing where no project is named", () => {
  for (const scope of ["ingest", "read", "admin"] as const) {
    for (const action of ["ingest", "read", "triage", "manage"] as const) {
      expect(can(token(scope, 1), action, null)).toBe(false);
    }
  }
});

test("scopeFor() names the least scope that is enough", () => {
  expect(ACTIONS.map(scopeFor)).toEqual(["ingest", "read", "admin", "admin", "admin", null]);
});
