import { Type } from "typebox";
import { ISSUE_STATES } from "@gatewatch/protocol";
import { ignoreIssue } from "../../issues/ignore-issue.ts";
import { mergeIssues } from "../../issues/merge-issues.ts";
import { reopenIssue } from "../../issues/reopen-issue.ts";
import { resolveIssue } from "../../issues/resolve-issue.ts";
import { splitIssue } from "../../issues/split-issue.ts";
import { ApiError } from "../../model/api-error.ts";
import type { ApiDeps } from "../api-deps.ts";
import { ISSUE_CHANGED_TOPIC } from "../live/live-topics.ts";
import { listIssues as findIssues } from "../queries/list-issues.ts";
import { loadIssue } from "../queries/load-issue.ts";
import { parseStoredEvent } from "../queries/parse-stored-event.ts";
import { defineRoute, type ApiRequest } from "../route.ts";
import {
  EventListSchema,
  IssueCommandSchema,
  IssueDetailSchema,
  IssueListSchema,
  StoredErrorEventSchema,
} from "../schemas/issue-schemas.ts";
import { exact, Id, oneOf } from "../schemas/named.ts";

const read = { scope: "project", action: "read" } as const;
const triage = { scope: "project", action: "triage" } as const;
const OneIssue = Type.Object({ id: Id });
const Cursor = Type.Optional(Type.String({ maxLength: 500 }));
const States = Type.Optional(
  Type.String({
    pattern: `^(${ISSUE_STATES.join("|")})(,(${ISSUE_STATES.join("|")}))*$`,
    description: "States, separated by commas; a search with `is:` wins",
  }),
);

export const listIssues = defineRoute({
  method: "GET",
  path: "/api/issues",
  id: "listIssues",
  summary: "Issues that a search finds: `is:new route:/checkout release:1.4 level:fatal free text`",
  access: read,
  query: Type.Object(
    {
      q: Type.Optional(Type.String({ maxLength: 500 })),
      states: States,
      sort: Type.Optional(oneOf(["lastSeen", "firstSeen", "events", "users"])),
      cursor: Cursor,
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
    },
    exact,
  ),
  answer: IssueListSchema,
  async handler({ query, project, at }, deps) {
    const list = await findIssues(deps.store.issues, {
      projectId: project.id,
      q: query.q ?? "",
      states: ISSUE_STATES.filter((state) => query.states?.split(",").includes(state)),
      sort: query.sort ?? "lastSeen",
      limit: query.limit ?? 50,
      now: at,
      ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
    });
    return { body: list };
  },
});

export const getIssue = defineRoute({
  method: "GET",
  path: "/api/issues/:id",
  id: "getIssue",
  summary: "One issue with its newest event, its analysis and what is special about it",
  access: read,
  params: OneIssue,
  answer: IssueDetailSchema,
  handler: async (request, deps) => ({ body: await showIssue(request, deps, request.params.id) }),
});

export const changeIssue = defineRoute({
  method: "PATCH",
  path: "/api/issues/:id",
  id: "changeIssue",
  summary: "Resolve, ignore or reopen an issue",
  access: triage,
  params: OneIssue,
  body: IssueCommandSchema,
  answer: IssueDetailSchema,
  async handler(request, deps) {
    const { body: command, params } = request;
    const target = orderOf(request, params.id);
    switch (command.action) {
      case "resolve":
        await resolveIssue(deps.store, { ...target, inNextRelease: command.inNextRelease ?? false });
        break;
      case "ignore": {
        const { action: _action, ...until } = command;
        await ignoreIssue(deps.store, { ...target, ...until });
        break;
      }
      case "reopen":
        await reopenIssue(deps.store, target);
        break;
    }
    tellChange(deps, target.projectId, [params.id]);
    return { body: await showIssue(request, deps, params.id), audit: { action: command.action } };
  },
});

export const mergeIntoIssue = defineRoute({
  method: "POST",
  path: "/api/issues/:id/merge",
  id: "mergeIssues",
  summary: "Put other issues into this one; a split restores them exactly",
  access: triage,
  params: OneIssue,
  body: Type.Object({ from: Type.Array(Id, { minItems: 1, maxItems: 100 }) }, exact),
  answer: IssueDetailSchema,
  async handler(request, deps) {
    const { projectId, by, at, issueId } = orderOf(request, request.params.id);
    await mergeIssues(deps.store, { projectId, into: issueId, from: request.body.from, by, at });
    await explainAnew(request, deps, [issueId]);
    tellChange(deps, projectId, [issueId]);
    return { body: await showIssue(request, deps, issueId), audit: { from: request.body.from } };
  },
});

export const splitFromIssue = defineRoute({
  method: "POST",
  path: "/api/issues/:id/split",
  id: "splitIssue",
  summary: "Give some of an issue's hashes an issue of their own, which is the answer",
  access: triage,
  params: OneIssue,
  body: Type.Object({ hashIds: Type.Array(Id, { minItems: 1, maxItems: 1000 }) }, exact),
  answer: IssueDetailSchema,
  async handler(request, deps) {
    const target = orderOf(request, request.params.id);
    const created = await splitIssue(deps.store, { ...target, hashIds: request.body.hashIds });
    await explainAnew(request, deps, [target.issueId, created.id]);
    tellChange(deps, target.projectId, [target.issueId, created.id]);
    return {
      body: await showIssue(request, deps, created.id),
      audit: { hashIds: request.body.hashIds, into: created.id },
    };
  },
});

export const listIssueEvents = defineRoute({
  method: "GET",
  path: "/api/issues/:id/events",
  id: "listIssueEvents",
  summary: "Stored events of an issue, newest first",
  access: read,
  params: OneIssue,
  query: Type.Object({ cursor: Cursor, limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })) }, exact),
  answer: EventListSchema,
  async handler({ params, query, project }, deps) {
    if (!(await deps.store.issues.get(project.id, params.id))) throw noIssue(params.id);
    const page = await deps.store.issues.listEvents(project.id, params.id, query.limit ?? 50, query.cursor);
    return {
      body: {
        events: page.events.map(({ id, time, pin, release, message }) => ({ id, time, pin, release, message })),
        nextCursor: page.nextCursor,
      },
    };
  },
});

export const getEvent = defineRoute({
  method: "GET",
  path: "/api/events/:id",
  id: "getEvent",
  summary: "One stored error event",
  access: read,
  params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 100 }) }),
  answer: StoredErrorEventSchema,
  async handler({ params, project }, deps) {
    const record = await deps.store.issues.getEvent(project.id, params.id);
    if (!record) throw new ApiError("not_found", "There is no such stored event in this project.");
    return { body: parseStoredEvent(record) };
  },
});

function orderOf(request: ApiRequest, issueId: number) {
  return { projectId: request.project.id, issueId, by: request.actor, at: request.at };
}

function showIssue(request: ApiRequest, deps: ApiDeps, id: number) {
  return loadIssue(deps.store.issues, { projectId: request.project.id, id, now: request.at });
}

/** What was said of an issue rests on the events that it had: others call for another look. */
async function explainAnew(request: ApiRequest, deps: ApiDeps, issueIds: number[]): Promise<void> {
  const { projectId, by, at } = orderOf(request, 0);
  // The change is done and stays done; "analyse again" is there for an explanation that failed.
  await Promise.allSettled(issueIds.map((issueId) => deps.verbs.requestAnalysis({ projectId, issueId, by, at })));
}

function tellChange(deps: ApiDeps, projectId: number, issueIds: number[]): void {
  deps.shared.publish(ISSUE_CHANGED_TOPIC, { projectId, issueIds });
}

function noIssue(id: number): ApiError {
  return new ApiError("not_found", `There is no issue ${id} in this project.`);
}
