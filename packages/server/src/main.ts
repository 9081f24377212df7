import type { AddressInfo } from "node:net";
import { join } from "node:path";
import Fastify, { type FastifyInstance } from "fastify";
import { createAnalystProvider } from "./analyst/providers.ts";
import { requestAnalysis } from "./analyst/request-analysis.ts";
import { registerApi } from "./api/http/bind-fastify.ts";
import { ROUTING_OPTIONS } from "./api/http/routing-options.ts";
import { DIGESTED_TOPIC } from "./api/live/live-topics.ts";
import { createAuthenticator } from "./auth/authenticate.ts";
import { openKeyFile } from "./auth/key-file.ts";
import { createFirstAdminLink, createSignInLink } from "./auth/one-time-link.ts";
import type { ServerConfig } from "./settings/server-settings.ts";
import { openControlSocket } from "./control-socket.ts";
import { startDigest } from "./digest/start-digest.ts";
import { guardMainFile } from "./guard-main-file.ts";
import { holdDataLock } from "./hold-data-lock.ts";
import { createIntakeCounters } from "./intake/intake-counters.ts";
import { DEFAULT_MAX_BACKLOG_BYTES } from "./intake/intake-deps.ts";
import { registerIntakeRoutes } from "./intake/intake-routes.ts";
import { createBatchReceiver } from "./intake/receive-batch.ts";
import { normaliseSentryUrl } from "./intake/sentry/normalise-sentry-url.ts";
import { createUpgradePaths } from "./intake/upgrade-paths.ts";
import { attachUpgrades } from "./intake/upgrades.ts";
import { unpackEvent } from "./issues/pack-event.ts";
import { openFileJournal } from "./journal/open-file-journal.ts";
import { createLog, type Log } from "./log.ts";
import { makeApiOptions } from "./make-api-options.ts";
import { makeIntakeDeps } from "./make-intake-deps.ts";
import { openEnvironmentChannel } from "./open-environment-channel.ts";
import { prepareStore } from "./prepare-store.ts";
import { readHealth } from "./read-health.ts";
import { createMemoryShared } from "./shared/memory-shared.ts";
import { startBackground } from "./start-background.ts";
import { openStoreClient } from "./store/open-store-client.ts";
import type { StoreConfig } from "./store/open-store.ts";
import { readFreeBytes, whyNotReady } from "./why-not-ready.ts";

export interface RunningServer {
  /** Where it listens, for example `http://127.0.0.1:4400`. */
  url: string;
  /** A link for the first admin; with `always` also one for the admin that is there. Null: somebody can sign in already. */
  makeSignInLink(options: { always: boolean }): Promise<string | null>;
  /** Resolves when the server cannot go on (an fsync error, a lost thread): the process has to end. */
  failed: Promise<Error>;
  /** Stops taking events, digests what is durable, closes everything. */
  close(): Promise<void>;
}

/** The address cannot be listened on; the message names the way out. */
export class ListenError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ListenError";
  }
}

const DRAIN_MS = 8_000;

/**
 * Puts the server together and listens. Throws `DataFolderError`, `StoreError`, `JournalError`, `KeyFileError`,
 * `ChannelConfigError` or `ListenError` when it cannot; nothing is left open then.
 */
export async function startServer(config: ServerConfig): Promise<RunningServer> {
  const log = createLog(config.logLevel);
  const failed = Promise.withResolvers<Error>();
  const closers: (() => Promise<unknown> | unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const step of closers.splice(0).toReversed()) await step();
  };
  try {
    const { url, makeSignInLink } = await openParts(config, log, closers, failed.resolve);
    return { url, makeSignInLink, failed: failed.promise, close };
  } catch (error) {
    await close().catch((closeError: unknown) =>
      log("warn", "Closing after a failed start failed too.", { error: closeError }),
    );
    throw error;
  }
}

type Closers = (() => Promise<unknown> | unknown)[];

/** Opens the parts from the inside out; each adds how to close it, in order, before the next is opened. */
async function openParts(
  config: ServerConfig,
  log: Log,
  closers: Closers,
  fail: (error: Error) => void,
): Promise<Pick<RunningServer, "url" | "makeSignInLink">> {
  const startedAt = Date.now();
  for (const warning of config.warnings) log("warn", warning);
  closers.push(holdDataLock(config.dataDir));
  const keyFile = openKeyFile(config.dataDir);
  const shared = createMemoryShared();
  closers.push(() => shared.close());

  const provider = createAnalystProvider(config);
  const workers: { poke(): void }[] = [];
  const journalFolder = join(config.dataDir, "journal");
  const digest = await startDigest({
    store: storeConfigOf(config),
    journalFolder,
    poisonFolder: join(config.dataDir, "poison"),
    publicUrl: config.publicUrl,
    hasModel: provider !== null,
    salvage: config.journalSalvage,
    onNotice(notice) {
      shared.publish(DIGESTED_TOPIC, notice);
      if (notice.issues.length > 0 || notice.errors > 0) for (const worker of workers) worker.poke();
    },
    onHalted: (message) => log("error", message),
    onFatal: fail,
    log,
  });
  closers.push(() => digest.close());
  let lost: string | null = null;
  if (config.databaseUrl === null)
    closers.push(
      guardMainFile(config.dataDir, (message) => {
        lost = message;
        log("error", message);
        void digest.stop(0);
      }),
    );
  const store = await openStoreClient(
    config.databaseUrl === null
      ? { engine: "sqlite", dataDir: config.dataDir, writer: digest.storePort }
      : { engine: "postgres", url: config.databaseUrl },
  );
  closers.push(() => store.close());
  // Its readers are still starting; the rest is put together meanwhile.
  const prepared = prepareStore(store).then(() => openEnvironmentChannel(store, config.slackWebhookUrl));
  prepared.catch(() => {});

  const journal = await openFileJournal({
    files: journalFolder,
    after: digest.position,
    salvage: config.journalSalvage,
    onDurable: digest.announce,
    onFatal: fail,
    log,
  });
  closers.push(async () => {
    const { drained } = await digest.stop(DRAIN_MS);
    if (!drained) log("info", "Not everything was digested; the rest follows at the next start.");
    await journal.close();
  });
  digest.follow(journal);

  const authenticator = createAuthenticator({ store, shared, clock: Date.now });
  closers.push(() => authenticator.close());
  const { watch } = startBackground({
    config,
    log,
    store,
    journal,
    shared,
    provider,
    behindSince: digest.behindSince,
    workers,
    closers,
  });

  const counters = createIntakeCounters();
  const { intake, forgetKeys } = makeIntakeDeps({
    config,
    log,
    store,
    shared,
    authenticator,
    journal,
    counters,
    keyFile,
    hasModel: provider !== null,
    onAlerts: () => {
      for (const worker of workers) worker.poke();
    },
  });
  const receiver = createBatchReceiver(intake);
  const options = makeApiOptions({
    config,
    log,
    store,
    shared,
    authenticator,
    keyFile,
    requestAnalysis: async (order) => {
      await requestAnalysis(store, order, { hasModel: provider !== null, unpackEvent });
      for (const worker of workers) worker.poke();
    },
    forgetKeys: (projectId) => {
      forgetKeys(projectId);
      watch.forgetKeys(projectId);
    },
    watch,
    backlog: () => ({ bytes: journal.backlogBytes(), maxBytes: DEFAULT_MAX_BACKLOG_BYTES }),
    health: () => readHealth({ config, store, journal, digest, counters, startedAt, provider, watch }),
    whyNotReady: () =>
      whyNotReady({
        halted: () => lost ?? digest.stats().halted,
        journal,
        maxBacklogBytes: DEFAULT_MAX_BACKLOG_BYTES,
        freeBytes: () => readFreeBytes(journalFolder),
        clock: Date.now,
      }),
  });

  const app = Fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: 1024 * 1024,
    ...ROUTING_OPTIONS,
    rewriteUrl: ({ url }) => normaliseSentryUrl(url ?? "/"),
  });
  registerIntakeRoutes(app, intake, receiver);
  await registerApi(app, options);
  const stream = attachUpgrades(app.server, intake, createUpgradePaths(intake, receiver));
  closers.push(async () => {
    await stream.close();
    await app.close();
  });
  await prepared;
  const url = await listen(app, config);
  const control = await openControlSocket(options, config.dataDir, url);
  closers.push(() => control.close());
  log("info", "Gatewatch is ready.", {
    url,
    data: config.dataDir,
    store: store.engine,
    analyst: provider === null ? "rules" : `${provider.name}/${provider.model}`,
  });
  return {
    url,
    makeSignInLink: ({ always }) =>
      (always ? createSignInLink : createFirstAdminLink)(store, config.publicUrl ?? url, Date.now),
  };
}

function storeConfigOf({ databaseUrl, dataDir }: ServerConfig): StoreConfig {
  return databaseUrl === null
    ? { engine: "sqlite", dataDir }
    : { engine: "postgres", url: databaseUrl, backupDir: join(dataDir, "backups") };
}

async function listen(app: FastifyInstance, { host, port }: ServerConfig): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE")
      throw new ListenError(
        `Port ${port} on ${host} is taken. Stop what listens there, or choose another: --port ${port + 1} (0 takes a free one).`,
        { cause: error },
      );
    if (code === "EACCES")
      throw new ListenError(`Port ${port} needs more rights than this user has. Choose one above 1023: --port 4400.`, {
        cause: error,
      });
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
      throw new ListenError(
        `${host} is no address of this machine. Use 127.0.0.1 (this machine only) or 0.0.0.0 (every network) as --host.`,
        { cause: error },
      );
    throw error;
  }
  const { port: taken } = app.server.address() as AddressInfo;
  const name = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return `http://${name}:${taken}`;
}
