import type { Json } from "@gatewatch/protocol";
import { FEEDBACK_EVENT } from "../model/client-events.ts";
import type { FeedbackOrder } from "../model/client-records.ts";
import type { DigestTx } from "../model/store.ts";
import type { DigestUnit, ProjectUnit } from "./digest-unit.ts";
import { findCustomEvents } from "./find-custom-events.ts";

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
    const about = textOf(errorId);
    return [
      {
        projectId: project.projectId,
        at: event.time,
        errorId: about,
        issueId: about === null ? null : (project.errors.issueByEvent.get(about) ?? null),
        message,
        name: textOf(name),
        email: textOf(email),
        url: textOf(url),
        release,
        environment,
      },
    ];
  });
}

function textOf(value: Json | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
