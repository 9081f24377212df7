import { hash } from "node:crypto";
import type { ErrorEvent, Evidence, Json, StackFrame } from "@gatewatch/protocol";
import type { EvidencePack } from "../model/analyst.ts";
import { SPREAD_DAYS } from "../model/spread.ts";
import { cleanText } from "./clean-text.ts";
import type { IssueFacts } from "./issue-facts.ts";

const CHARACTERS_PER_TOKEN = 4;
const MAX_TOKENS = 6000;
const MAX_EXCEPTIONS = 6;
const MAX_APP_FRAMES = 8;
const MAX_OTHER_FRAMES = 4;
const MAX_BREADCRUMBS = 12;
const MAX_SHARES = 7;
const MAX_MESSAGE = 600;
const MAX_LINE = 200;

/**
 * What a provider may know, most telling first, until the budget of tokens is used up. The event is redacted already; here its text
 * loses what is invisible and gets ids that an answer must cite.
 */
export function buildEvidencePack(event: ErrorEvent, facts: IssueFacts, maxTokens: number = MAX_TOKENS): EvidencePack {
  const candidates = [
    ...describeExceptions(event),
    ...describeFrames(event, true, MAX_APP_FRAMES),
    ...describeRequest(event),
    ...describeReleases(facts),
    ...describeShares(facts),
    ...describeReach(facts),
    ...describeBreadcrumbs(event),
    ...describeFrames(event, false, MAX_OTHER_FRAMES),
  ];
  let left = maxTokens * CHARACTERS_PER_TOKEN;
  const evidence = candidates.filter((item) => {
    const size = JSON.stringify(item).length;
    if (size > left) return false;
    left -= size;
    return true;
  });
  return {
    issueId: facts.issueId,
    title: cleanText(facts.title, 200),
    digest: digestEvidence(event, facts.release),
    evidence,
  };
}

function describeExceptions({ exceptions }: ErrorEvent): Evidence[] {
  return exceptions.slice(0, MAX_EXCEPTIONS).map((exception, index) => {
    const type = cleanText(exception.type, 100);
    const message = cleanText(exception.message, MAX_MESSAGE);
    return {
      id: `E${index + 1}`,
      kind: "exception",
      label: cleanText(`${type}: ${message}`.replaceAll("\n", " "), 160),
      data: {
        type,
        message,
        ...(exception.code === undefined ? {} : { code: cleanText(exception.code, 60) }),
        ...(exception.relation === undefined
          ? {}
          : { relation: exception.relation, of: `E${(exception.parent ?? 0) + 1}` }),
      },
    };
  });
}

/** Frames keep one number whether or not the others fit: `F1` is the throw site of the first exception that has frames. */
function describeFrames({ exceptions }: ErrorEvent, inApp: boolean, max: number): Evidence[] {
  return listFrames({ exceptions })
    .filter(({ frame }) => frame.inApp === inApp)
    .slice(0, max)
    .map(({ id, exception, frame }) => ({
      id,
      kind: "frame",
      label: cleanText(placeOf(frame), 160),
      data: {
        exception,
        file: cleanText(frame.file, MAX_LINE),
        line: frame.line ?? null,
        function: frame.function === undefined ? null : cleanText(frame.function, MAX_LINE),
        inApp,
        ...(inApp && frame.context !== undefined
          ? {
              before: frame.context.pre.slice(-2).map((line) => cleanText(line, MAX_LINE)),
              source: cleanText(frame.context.line, MAX_LINE),
              after: frame.context.post.slice(0, 2).map((line) => cleanText(line, MAX_LINE)),
            }
          : {}),
      },
    }));
}

/** All frames with their ids, in the order of the exceptions. */
export function listFrames({
  exceptions,
}: Pick<ErrorEvent, "exceptions">): { id: string; exception: string; frame: StackFrame }[] {
  let number = 0;
  return exceptions.slice(0, MAX_EXCEPTIONS).flatMap((exception, index) =>
    exception.frames.map((frame) => {
      number += 1;
      return { id: `F${number}`, exception: `E${index + 1}`, frame };
    }),
  );
}

function placeOf(frame: StackFrame): string {
  const place = frame.line === undefined ? frame.file : `${frame.file}:${frame.line}`;
  return frame.function === undefined ? place : `${place} in ${frame.function}`;
}

function describeRequest({ request, user }: ErrorEvent): Evidence[] {
  if (request === undefined) return [];
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const data = {
    method: cleanText(request.method, 20),
    url: cleanText(request.url, 300),
    route: request.route ? cleanText(request.route, 200) : null,
    status: request.status ?? null,
    contentType: request.contentType === undefined ? null : cleanText(request.contentType, 100),
    body: body === undefined ? null : cleanText(body, 1000),
    authenticated: user?.authenticated ?? null,
  };
  return [{ id: "R1", kind: "request", label: `${data.method} ${data.route ?? data.url}`, data }];
}

function describeReleases({ firstRelease, release, releases }: IssueFacts): Evidence[] {
  if (release === null && firstRelease === null) return [];
  const shown = (name: string | null) => (name === null ? null : cleanText(name, 100));
  return [
    {
      id: "L1",
      kind: "release",
      label: `first seen in ${shown(firstRelease) ?? "an unknown release"}, now in ${shown(release) ?? "an unknown one"}`,
      data: {
        first: shown(firstRelease),
        current: shown(release),
        seenIn: releases.slice(-10).map((name) => shown(name)),
      },
    },
  ];
}

/** `signedIn` → `signed in`. */
export function toWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function describeShares({ shares }: IssueFacts): Evidence[] {
  const items = shares.slice(0, MAX_SHARES).filter((share) => share.values.length > 0);
  return items.map((share, index) => {
    const values = share.values.slice(0, 5).map(({ value, share: part, usual }) => ({
      value: cleanText(value, 100),
      percent: Math.round(part * 100),
      ...(usual == null ? {} : { percentOfAllRequests: Math.round(usual * 100) }),
    }));
    const [top] = values;
    const usual = top?.percentOfAllRequests === undefined ? "" : `, of all requests ${top.percentOfAllRequests} %`;
    return {
      id: `S${index + 1}`,
      kind: "share",
      label: `${toWords(share.name)}: ${top?.value ?? ""} ${top?.percent ?? 0} %${usual}`,
      data: { name: share.name, values },
    };
  });
}

/** How many people, never who. */
function describeReach({ spread }: IssueFacts): Evidence[] {
  if (spread === null || spread.reach.users === 0) return [];
  const { users, activeUsers } = spread.reach;
  const { topUser } = spread;
  return [
    {
      id: "U1",
      kind: "share",
      label: `users of the last ${SPREAD_DAYS} days: ${users}${activeUsers === null ? "" : ` of ${activeUsers} active`}`,
      data: {
        name: "reach",
        users,
        activeUsers,
        days: SPREAD_DAYS,
        percentOfTopUser: topUser === null ? null : Math.round(topUser.share * 100),
      },
    },
  ];
}

function describeBreadcrumbs({ breadcrumbs = [], time }: ErrorEvent): Evidence[] {
  return breadcrumbs.slice(-MAX_BREADCRUMBS).map((crumb, index) => ({
    id: `B${index + 1}`,
    kind: "breadcrumb",
    label: cleanText(`${crumb.category}: ${crumb.message}`, 160),
    data: {
      msBefore: Math.max(0, time - crumb.time),
      category: crumb.category,
      level: crumb.level ?? null,
      message: cleanText(crumb.message, 300),
      ...(crumb.data === undefined ? {} : { data: cleanText(JSON.stringify(crumb.data), 300) }),
    },
  }));
}

/**
 * Names what an explanation rests on: kinds of error, throw sites and release. Neither counts nor shares nor callers, which drift:
 * the same cause in the same release is explained once.
 */
export function digestEvidence(event: ErrorEvent, release: string | null): string {
  const sites = event.exceptions.slice(0, MAX_EXCEPTIONS).map((exception) => {
    const frame = exception.frames.find(({ inApp }) => inApp);
    return [exception.type, exception.code ?? null, frame?.file ?? null, frame?.function ?? null];
  });
  const parts: Json = [sites, release];
  return hash("sha256", JSON.stringify(parts), "hex").slice(0, 32);
}
