import type { IssueList } from "@gatewatch/protocol";
import type { Command } from "./command.ts";
import { findProject } from "./find-project.ts";
import { findDataDir } from "../settings/find-data-dir.ts";
import { openControl } from "./open-control.ts";
import { formatTable } from "./print-table.ts";

export const issues: Command = {
  name: "issues",
  summary: "list the issues, newest first",
  options: [
    { name: "project", value: "NAME", help: "project (default: default)" },
    {
      name: "query",
      value: "TEXT",
      help: "as on the dashboard, for example is:new route:/checkout (default is:unresolved)",
    },
    { name: "limit", value: "N", help: "at most so many (default 25)" },
    { name: "fail", help: "exit with 1 when there is one" },
  ],
  async run(values) {
    const control = await openControl(findDataDir(values.data));
    try {
      const project = await findProject(control, values);
      const query = new URLSearchParams({
        project: String(project.id),
        q: typeof values.query === "string" ? values.query : "is:unresolved",
        limit: typeof values.limit === "string" ? values.limit : "25",
      });
      const list = await control.call<IssueList>("GET", `/api/issues?${query}`);
      if (values.json === true) process.stdout.write(`${JSON.stringify(list)}\n`);
      else if (list.issues.length === 0) process.stdout.write("No issues.\n");
      else {
        const rows = list.issues.map((issue) => [
          issue.id,
          issue.state,
          issue.severity,
          issue.events,
          issue.users,
          new Date(issue.lastSeen).toISOString().slice(0, 16).replace("T", " "),
          `${issue.title}  ·  ${issue.culprit}`,
        ]);
        process.stdout.write(
          `${formatTable(["ID", "STATE", "SEVERITY", "EVENTS", "USERS", "LAST SEEN (UTC)", "ISSUE"], rows)}\n`,
        );
      }
      return values.fail === true && list.issues.length > 0 ? 1 : 0;
    } finally {
      await control.close();
    }
  },
};
