import type { TokenCreated, TokenList } from "@gatewatch/protocol";
import { CommandError, type Command } from "./command.ts";
import { findProject } from "./find-project.ts";
import { findDataDir } from "../settings/find-data-dir.ts";
import { openControl } from "./open-control.ts";
import { formatTable } from "./print-table.ts";

const SCOPES = ["ingest", "read", "admin"];
const PROJECT = { name: "project", value: "NAME", help: "project (default: default)" };

const day = (time: number | null): string => (time === null ? "never" : new Date(time).toISOString().slice(0, 10));

export const tokenCreate: Command = {
  name: "token create",
  summary: "make a token; it is shown once",
  options: [
    {
      name: "scope",
      value: "ingest|read|admin",
      help: "what it may do; admin of the first project may also configure the whole server",
    },
    { ...PROJECT, help: "project; made when it does not exist (default: default)" },
    { name: "name", value: "TEXT", help: "what it is for" },
  ],
  async run(values) {
    if (typeof values.scope !== "string" || !SCOPES.includes(values.scope)) {
      throw new CommandError(
        `--scope is ${values.scope === undefined ? "missing" : JSON.stringify(values.scope)}; give one of ${SCOPES.join(", ")}.`,
      );
    }
    const control = await openControl(findDataDir(values.data));
    try {
      const project = await findProject(control, values, { create: true });
      const created = await control.call<TokenCreated>("POST", `/api/tokens?project=${project.id}`, {
        scope: values.scope,
        name: values.name ?? `${values.scope} token`,
      });
      process.stdout.write(
        values.json === true ? `${JSON.stringify({ token: created.token })}\n` : `${created.token}\n`,
      );
      return 0;
    } finally {
      await control.close();
    }
  },
};

export const tokenList: Command = {
  name: "token list",
  summary: "list the tokens of a project",
  options: [PROJECT],
  async run(values) {
    const control = await openControl(findDataDir(values.data));
    try {
      const project = await findProject(control, values);
      const { tokens } = await control.call<TokenList>("GET", `/api/tokens?project=${project.id}`);
      if (values.json === true) process.stdout.write(`${JSON.stringify({ tokens })}\n`);
      else if (tokens.length === 0)
        process.stdout.write("No tokens yet. Make one: gatewatch token create --scope ingest\n");
      else {
        const rows = tokens.map((token) => [
          token.id,
          token.kind === "token" ? token.scope : token.kind,
          token.hint,
          day(token.createdAt),
          day(token.lastUsedAt),
          token.revokedAt === null ? "" : "revoked",
          token.name,
        ]);
        process.stdout.write(`${formatTable(["ID", "SCOPE", "TOKEN", "MADE", "USED", "STATE", "NAME"], rows)}\n`);
      }
      return 0;
    } finally {
      await control.close();
    }
  },
};

export const tokenRevoke: Command = {
  name: "token revoke",
  usage: "ID",
  summary: "end a token at once",
  options: [PROJECT],
  async run(values, [id]) {
    if (id === undefined || !/^\d+$/.test(id))
      throw new CommandError("Give the number of the token as `gatewatch token list` shows it.");
    const control = await openControl(findDataDir(values.data));
    try {
      const project = await findProject(control, values);
      await control.call("DELETE", `/api/tokens/${id}?project=${project.id}`);
      process.stdout.write(
        values.json === true ? `${JSON.stringify({ revoked: Number(id) })}\n` : `Token ${id} is revoked.\n`,
      );
      return 0;
    } finally {
      await control.close();
    }
  },
};
