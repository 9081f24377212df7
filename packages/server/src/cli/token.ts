import type { TokenCreated, TokenList } from "@gatewatch/protocol";
import { formatDsn } from "@gatewatch/protocol/format-dsn";
import { CommandError, type Command, type Values } from "./command.ts";
import { escapeTerminal } from "./escape-terminal.ts";
import { findProject } from "./find-project.ts";
import { findDataDir } from "../settings/find-data-dir.ts";
import { SERVER_SETTINGS } from "../settings/server-settings.ts";
import { openControl, type Control } from "./open-control.ts";
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
    { name: "dsn", help: "a DSN for Sentry's SDKs in place of a token; it may only send events" },
    { name: "driftlock", help: "a key for Driftlock's clients in place of a token" },
    { name: "stream", value: "NAME", help: "the only stream that the key for Driftlock's clients may be used for" },
  ],
  async run(values) {
    if (values.dsn === true) return createDsn(values);
    if (typeof values.scope !== "string" || !SCOPES.includes(values.scope)) {
      throw new CommandError(
        `--scope is ${values.scope === undefined ? "missing" : JSON.stringify(values.scope)}; give one of ${SCOPES.join(", ")}.`,
      );
    }
    if (values.stream !== undefined && values.driftlock !== true)
      throw new CommandError("Only a key for Driftlock's clients is bound to a stream; add --driftlock.");
    const dataDir = findDataDir(values.data);
    const control = await openControl(dataDir);
    try {
      const project = await findProject(control, values, { create: true });
      const created = await control.call<TokenCreated>("POST", `/api/tokens?project=${project.id}`, {
        ...(values.driftlock === true ? { kind: "driftlock" } : {}),
        ...(values.stream === undefined ? {} : { stream: values.stream }),
        scope: values.scope,
        name: values.name ?? `${values.scope} token`,
      });
      process.stdout.write(
        values.json === true ? `${JSON.stringify({ token: created.token })}\n` : `${created.token}\n`,
      );
      sayFolder(control, dataDir);
      return 0;
    } finally {
      await control.close();
    }
  },
};

/** A server on another folder would not know the token. On stderr: scripts read the token alone from stdout. */
function sayFolder(control: Control, dataDir: string): void {
  if (control.live) return;
  process.stderr.write(
    `Made in the data folder ${escapeTerminal(dataDir)}, on which no server runs now; for a server on another folder give its --data.\n`,
  );
}

async function createDsn(values: Values): Promise<0> {
  if (values.scope !== undefined && values.scope !== "ingest")
    throw new CommandError("A DSN may only send events; leave --scope out.");
  const dataDir = findDataDir(values.data);
  const control = await openControl(dataDir);
  try {
    const project = await findProject(control, values, { create: true });
    const order = { kind: "dsn", name: values.name ?? "dsn" };
    const { id, token } = await control.call<TokenCreated>("POST", `/api/tokens?project=${project.id}`, order);
    const dsn = formatDsn(await findAddress(control), token, project.id);
    process.stdout.write(values.json === true ? `${JSON.stringify({ dsn, key: token, id })}\n` : `${dsn}\n`);
    sayFolder(control, dataDir);
    return 0;
  } finally {
    await control.close();
  }
}

/** Where clients reach the server: as its owner says, else where it listens, else where it will. */
async function findAddress(control: Control): Promise<string> {
  const { url, publicUrl } = await control.call<{ url: string | null; publicUrl: string | null }>(
    "GET",
    "/control/address",
  );
  return publicUrl ?? url ?? `http://127.0.0.1:${SERVER_SETTINGS.port.default}`;
}

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
          token.kind === "token"
            ? token.scope
            : token.kind === "driftlock"
              ? `${token.kind} ${token.scope}`
              : token.kind,
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
