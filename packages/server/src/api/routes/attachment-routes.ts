import { Type } from "typebox";
import { ApiError } from "../../model/api-error.ts";
import { parseStoredEvent } from "../queries/parse-stored-event.ts";
import { defineRoute } from "../route.ts";
import { exact } from "../schemas/named.ts";

export const getAttachment = defineRoute({
  method: "GET",
  path: "/api/events/:id/attachment",
  id: "getAttachment",
  summary:
    "The kept text of a file that came with an error, by its place among `custom.attachments`; to be saved, never shown",
  access: { scope: "project", action: "read" },
  params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 100 }) }),
  query: Type.Object({ index: Type.Integer({ minimum: 0, maximum: 100 }) }, exact),
  bytes: { maxInput: 0 },
  async handler({ params, query, project }, deps) {
    const record = await deps.store.issues.getEvent(project.id, params.id);
    const listed = record === null ? undefined : parseStoredEvent(record).event.custom?.["attachments"];
    const attachment = Array.isArray(listed) ? listed[query.index] : undefined;
    if (typeof attachment !== "object" || attachment === null || Array.isArray(attachment)) throw noAttachment();
    const { file, text } = attachment;
    if (typeof text !== "string") throw noAttachment();
    return {
      bytes: Buffer.from(text),
      headers: { "content-disposition": `attachment; filename*=UTF-8''${nameFile(file)}` },
    };
  },
});

/** As RFC 8187 has it: whatever the name is, the header holds plain letters. */
function nameFile(file: unknown): string {
  const name = typeof file === "string" ? file.replaceAll(/[\\/\p{C}]/gu, "_").slice(0, 200) : "";
  const escaped = encodeURIComponent((name === "" ? "attachment" : name).toWellFormed());
  return escaped.replaceAll(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function noAttachment(): ApiError {
  return new ApiError("not_found", "There is no such attachment with a stored event of this project.");
}
