import { createInterface } from "node:readline/promises";
import { callServer } from "./call-server.ts";
import { CommandError, type Command } from "./command.ts";
import { escapeTerminal } from "./escape-terminal.ts";
import { loginPath, readLogin, writeLogin, type Login } from "./login-file.ts";

interface Whoami {
  kind: string;
  scope: string | null;
  project: { id: number; slug: string; name: string } | null;
}

const ask = (login: Login): Promise<Whoami> => callServer<Whoami>(login, "GET", "/api/whoami");

function describe({ url }: Login, { scope, project }: Whoami): string {
  return escapeTerminal(`${url}: project ${project?.slug ?? "?"}, a token with the scope ${scope ?? "?"}`);
}

export const login: Command = {
  name: "login",
  usage: "URL",
  summary: "keep a server's address and a token for `detect`",
  options: [
    { name: "token", value: "TOKEN", help: "the token; asked for, or read from standard input, when not given" },
  ],
  async run(values, [address]) {
    const url = parseAddress(address);
    const token = typeof values.token === "string" ? values.token : await readToken();
    if (token === "") throw new CommandError("No token was given. Make one: gatewatch token create --scope ingest");
    const kept = { url, token };
    const who = await ask(kept);
    writeLogin(kept);
    process.stdout.write(
      values.json === true
        ? `${JSON.stringify({ url, ...who })}\n`
        : `${describe(kept, who)}. Kept in ${loginPath()}.\n`,
    );
    return 0;
  },
};

export const whoami: Command = {
  name: "whoami",
  summary: "say which server and project `login` has kept, and whether the token still holds",
  options: [],
  async run(values) {
    const kept = readLogin();
    if (kept === null) throw new CommandError("Nobody is logged in. Run `gatewatch login URL`.");
    const who = await ask(kept);
    process.stdout.write(
      values.json === true ? `${JSON.stringify({ url: kept.url, ...who })}\n` : `${describe(kept, who)}.\n`,
    );
    return 0;
  },
};

function parseAddress(text: string | undefined): string {
  if (text === undefined) throw new CommandError("Give the server's address, for example http://127.0.0.1:4400.");
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    throw new CommandError(
      `${JSON.stringify(text)} is no address of a server; give one like https://gatewatch.example.com.`,
    );
  return url.origin;
}

/** From a person without showing it, or from a pipe. */
async function readToken(): Promise<string> {
  const isTerminal = process.stdin.isTTY === true;
  if (isTerminal) process.stderr.write("Token (not shown): ");
  // A terminal without an output to echo to.
  const reader = createInterface({ input: process.stdin, terminal: isTerminal });
  try {
    for await (const line of reader) return line.trim();
    return "";
  } finally {
    reader.close();
    if (isTerminal) process.stderr.write("\n");
  }
}
