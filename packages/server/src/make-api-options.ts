import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { ApiOptions, ApiVerbs, ServerHealth } from "./api/api-deps.ts";
import type { Authenticator } from "./auth/authenticate.ts";
import type { KeyFile } from "./auth/key-file.ts";
import { analystBudgetOf, type ServerConfig } from "./settings/server-settings.ts";
import { isLoopback } from "./is-loopback.ts";
import type { Log } from "./log.ts";
import { makeChannelVerbs } from "./make-channel-verbs.ts";
import type { Shared } from "./model/shared.ts";
import type { Store } from "./model/store.ts";

export interface ApiParts {
  config: ServerConfig;
  log: Log;
  store: Store;
  shared: Shared;
  authenticator: Authenticator;
  keyFile: KeyFile;
  requestAnalysis: ApiVerbs["requestAnalysis"];
  forgetKeys: ApiVerbs["forgetKeys"];
  watch: ApiVerbs["watch"];
  /** Bytes of the journal that wait, and the most that may. @default there is no journal */
  backlog?: () => { bytes: number; maxBytes: number };
  health(): Promise<ServerHealth>;
  whyNotReady(): Promise<string | null> | string | null;
}

export const SERVER_VERSION = (
  JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }
).version;

/** What the API asks of the rest of the server, made of its parts. */
export function makeApiOptions({ config, log, ...parts }: ApiParts): ApiOptions {
  return {
    store: parts.store,
    shared: parts.shared,
    clock: Date.now,
    version: SERVER_VERSION,
    authenticator: parts.authenticator,
    keyFile: parts.keyFile,
    verbs: {
      requestAnalysis: parts.requestAnalysis,
      forgetKeys: parts.forgetKeys,
      watch: parts.watch,
      ...makeChannelVerbs(config.publicUrl),
    },
    health: parts.health,
    whyNotReady: parts.whyNotReady,
    defaults: {
      retention: config.retention,
      analyst: analystBudgetOf(config),
    },
    publicUrl: config.publicUrl,
    driftlock: {
      requestsPerSecond: config.driftlockRequestsPerSecond,
      pascalCase: config.driftlockPascalCase,
      hasDemo: isLoopback(config.host),
      backlog: parts.backlog ?? (() => null),
    },
    dashboardDir: resolve(import.meta.dirname, "../../dashboard/dist"),
    logError: (message, fields) => log("error", message, fields),
  };
}
