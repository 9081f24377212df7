import { hostname } from "node:os";
import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { BatchAnswer, ErrorEvent, NativeBatch, StoredErrorEvent, TokenCreated } from "@gatewatch/protocol";
import { formatUuid, makeUuidV7 } from "@gatewatch/protocol/uuid-v7";
import { CommandError, type Command } from "./command.ts";
import { findProject } from "./find-project.ts";
import { findDataDir } from "../settings/find-data-dir.ts";
import { openControl, type Control } from "./open-control.ts";

const POLL_MS = 100;
const POLLS = 100;

function makeTestError(now: number): ErrorEvent {
  return {
    type: "error",
    id: randomUUID(),
    time: now,
    level: "error",
    handled: true,
    mechanism: "manual",
    exceptions: [
      {
        type: "GatewatchTestError",
        message: "This error was sent by `gatewatch test`",
        frames: [
          {
            file: "cli/send-test.ts",
            function: "sendTest",
            line: 1,
            column: 1,
            inApp: true,
            context: { pre: [], line: 'throw new GatewatchTestError("…");', post: [] },
          },
        ],
      },
    ],
  };
}

export const sendTest: Command = {
  name: "test",
  summary: "send one error and print where it landed",
  options: [
    { name: "project", value: "NAME", help: "project (default: default)" },
    { name: "url", value: "URL", help: "server (default GATEWATCH_URL, or the one that runs on the data folder)" },
    { name: "token", value: "TOKEN", help: "ingest token (default GATEWATCH_TOKEN, or one made for this test)" },
  ],
  async run(values) {
    const control = await openControl(findDataDir(values.data));
    try {
      const url =
        firstText(values.url, process.env.GATEWATCH_URL) ??
        (control.live ? (await control.call<{ url: string }>("GET", "/control/address")).url : undefined);
      if (url === undefined)
        throw new CommandError(
          "No server runs on this data folder. Start it with `gatewatch start`, or give --url and --token.",
        );
      const project = control.live ? await findProject(control, values) : undefined;
      const given = firstText(values.token, process.env.GATEWATCH_TOKEN);
      const made =
        given === undefined && project !== undefined
          ? await control.call<TokenCreated>("POST", `/api/tokens?project=${project.id}`, {
              scope: "ingest",
              name: "gatewatch test",
            })
          : undefined;
      const token = given ?? made?.token;
      if (token === undefined) throw new CommandError("Give an ingest token with --token or GATEWATCH_TOKEN.");
      try {
        const error = makeTestError(Date.now());
        const answer = await post(url, token, {
          batch: formatUuid(makeUuidV7(randomBytes(16), Date.now())),
          sentAt: Date.now(),
          resource: { host: hostname(), service: "gatewatch test" },
          events: [error],
        });
        const landed = project === undefined ? undefined : await waitFor(control, project.id, error.id);
        const result = {
          accepted: answer.accepted,
          eventId: error.id,
          issueId: landed?.issueId ?? null,
          url: landed === undefined ? null : new URL(`/issues/${landed.issueId}`, url).href,
        };
        if (values.json === true) process.stdout.write(`${JSON.stringify(result)}\n`);
        else if (landed === undefined) process.stdout.write(`Accepted by ${url} as event ${error.id}.\n`);
        else process.stdout.write(`Landed in issue ${landed.issueId}: ${result.url}\n`);
        return answer.accepted === 1 && (project === undefined || landed !== undefined) ? 0 : 1;
      } finally {
        if (made !== undefined && project !== undefined)
          await control.call("DELETE", `/api/tokens/${made.id}?project=${project.id}`);
      }
    } finally {
      await control.close();
    }
  },
};

function firstText(...values: (string | boolean | undefined)[]): string | undefined {
  return values.find((value): value is string => typeof value === "string" && value !== "");
}

async function post(url: string, token: string, batch: NativeBatch): Promise<BatchAnswer> {
  let response: Response;
  try {
    response = await fetch(new URL("/v1/events", url), {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(batch),
      signal: AbortSignal.timeout(5000),
    });
  } catch (error) {
    throw new CommandError(
      `${url} cannot be reached (${(error as Error).message}). Is the server running, and is the address right?`,
      { cause: error },
    );
  }
  if (response.ok) return (await response.json()) as BatchAnswer;
  throw new CommandError(`${url} answered ${response.status}: ${(await response.text()).slice(0, 200)}`);
}

async function waitFor(control: Control, projectId: number, eventId: string): Promise<StoredErrorEvent | undefined> {
  for (let poll = 0; poll < POLLS; poll++) {
    const event = await control
      .call<StoredErrorEvent>("GET", `/api/events/${eventId}?project=${projectId}`)
      .catch(() => undefined);
    if (event !== undefined) return event;
    await delay(POLL_MS);
  }
  return undefined;
}
