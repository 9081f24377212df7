import type { Json } from "@gatewatch/protocol";
import { FEEDBACK_EVENT } from "../model/client-events.ts";
import type { FeedbackOrder } from "../model/client-records.ts";
import type { DigestTx } from "../model/store.ts";
import type { DigestUnit, ProjectUnit } from "./digest-unit.ts";
import { findCustomEvents } from "./find-custom-events.ts";

/** Any client may send an event of this name. */
const MAX_MESSAGE = 4096;
const MAX_NAME = 256;
const MAX_URL = 2048;

/** Keeps what people wrote, with the error that they wrote about. */
export async function keepFeedback(unit: DigestUnit, tx: DigestTx): Promise<void> {
  for (const project of unit.projects.values()) {
    const orders = listOrders(project);
    if (orders.length > 0) await tx.addFeedback(orders);
  }
}

function listOrders(project: ProjectUnit): FeedbackOrder[] {
  return findCustomEvents(project, [FEEDBACK_EVENT]).flatMap(({ parsed, event }) => {
    const { message, name, email, url, errorId } = event.attributes ?? {};
    if (typeof message !== "string" || message === "") return [];
    const { release = null, environment = null } = parsed.batch.resource ?? {};
    const about = textOf(errorId, MAX_NAME);
    return [
      {
        projectId: project.projectId,
        at: event.time,
        errorId: about,
        issueId: about === null ? null : (project.errors.issueByEvent.get(about) ?? null),
        message: cut(message, MAX_MESSAGE),
        name: textOf(name, MAX_NAME),
        email: textOf(email, MAX_NAME),
        url: textOf(url, MAX_URL),
        release,
        environment,
      },
    ];
  });
}

function textOf(value: Json | undefined, length: number): string | null {
  return typeof value === "string" && value !== "" ? cut(value, length) : null;
}

/** Half a character at the end is none. */
function cut(text: string, length: number): string {
  return text.slice(0, length).toWellFormed();
}
