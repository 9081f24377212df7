import { CommandError, type Command } from "./command.ts";
import { findProject } from "./find-project.ts";
import { formatIssue, formatRequest } from "./format-live.ts";
import { findDataDir } from "../settings/find-data-dir.ts";
import { callSocket, controlSocketPath, openControl } from "./open-control.ts";
import { readLive } from "./read-live.ts";

export const tail: Command = {
  name: "tail",
  summary: "print requests and new issues as they come, until Ctrl-C",
  options: [{ name: "project", value: "NAME", help: "project (default: default)" }],
  async run(values) {
    const dataDir = findDataDir(values.data);
    const control = await openControl(dataDir);
    const project = await findProject(control, values);
    await control.close();
    if (!control.live) throw new CommandError(`No server runs on ${dataDir}. Start it with \`gatewatch start\`.`);
    const { stream } = await callSocket(controlSocketPath(dataDir), "GET", `/api/live?project=${project.id}`);
    process.once("SIGINT", () => stream.destroy());
    process.once("SIGTERM", () => stream.destroy());
    try {
      for await (const message of readLive(stream)) {
        if (values.json === true) {
          if (message.type !== "tick") process.stdout.write(`${JSON.stringify(message)}\n`);
        } else if (message.type === "requests") {
          for (const row of message.rows) process.stdout.write(`${formatRequest(row)}\n`);
          if (message.skipped > 0) process.stdout.write(`… ${message.skipped} more\n`);
        } else if (message.type === "issue" && (message.outcome === "new" || message.outcome === "regressed")) {
          process.stdout.write(`${formatIssue(message.issue, message.outcome)}\n`);
        }
      }
    } catch (error) {
      if (!stream.destroyed) throw error;
    }
    return 0;
  },
};
