import type { Command } from "./command.ts";
import { detect } from "./detect.ts";
import { issues } from "./issues.ts";
import { login, whoami } from "./login.ts";
import { scan } from "./scan/scan.ts";
import { sendTest } from "./send-test.ts";
import { tail } from "./tail.ts";
import { tokenCreate, tokenList, tokenRevoke } from "./token.ts";

/** The heavy ones load the server only when they run. */
export const COMMANDS: readonly Command[] = [
  {
    name: "start",
    summary: "run the server",
    options: [
      { name: "host", value: "ADDRESS", help: "address to listen on (default 127.0.0.1, or GATEWATCH_HOST)" },
      { name: "port", value: "PORT", help: "port to listen on (default 4400, or GATEWATCH_PORT)" },
      { name: "sign-in-link", help: "print a one-time sign-in link also when there is an admin already" },
      {
        name: "salvage",
        help: "give up damaged records of the journal, said in the log; first keep a copy of its folder",
      },
    ],
    run: async (values) => (await import("../commands/start.ts")).start(values),
  },
  tokenCreate,
  tokenList,
  tokenRevoke,
  issues,
  tail,
  scan,
  detect,
  login,
  whoami,
  sendTest,
  {
    name: "doctor",
    summary: "check the installation and say how to mend it",
    options: [],
    run: async (values) => (await import("../commands/doctor.ts")).doctor(values),
  },
  {
    name: "backup",
    usage: "TARGET",
    summary: "write a consistent copy of the store, also while the server runs",
    options: [],
    run: async (values, positionals) => (await import("../commands/backup.ts")).backup(values, positionals),
  },
];
