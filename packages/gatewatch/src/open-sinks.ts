import { createHash } from "node:crypto";
import { lstatSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DropReason, GatewatchEvent, Resource } from "@gatewatch/protocol";
import type { ThresholdFacts } from "@gatewatch/protocol/messages/failure-facts";
import { StatusSet } from "./options/values/status-set.ts";
import { openChannels } from "./open-channels.ts";
import type { ResolvedOptions } from "./options/resolve-options.ts";
import { buildRedactor } from "./build-redactor.ts";
import type { SinkBinding } from "./record/recorder-options.ts";
import { createAgentSink } from "./ship/create-agent-sink.ts";
import { type CerberusSink, createCerberusSink } from "./ship/create-cerberus-sink.ts";
import { createFunctionSink } from "./ship/create-function-sink.ts";
import type { LocalChannel } from "./ship/channels/local-channel.ts";
import { createShipper, type Shipper } from "./ship/create-shipper.ts";
import type { Logger } from "./ship/logger.ts";
import { makeFolder } from "./ship/make-folder.ts";
import type { Sink } from "./ship/sink.ts";
import { withholdFields } from "./withhold-fields.ts";

/** A sink, or just a function that takes each event. */
export type GivenSink = Sink | ((event: GatewatchEvent) => unknown);

/** All destinations of events. */
export interface OpenSinks {
  bindings: readonly SinkBinding[];
  /** In words, for the line at start. */
  destinations: readonly string[];
  warnings: readonly string[];
  /** The stream to a Cerberus backend; undefined while it is off. */
  cerberus: CerberusSink | undefined;
  /** Tells the channels for people that many errors of one kind have come together. */
  tell(alert: ThresholdFacts): void;
  /** Whether a channel for people tells of such answers. */
  isToldOf(status: number): boolean;
  /** Counts a drop that no sink sees. */
  countDrop(reason: DropReason, count: number): void;
  /** Puts what is in memory on disk before the process ends. */
  spillSync(): void;
}

/** Opens what the options name; nothing when delivery is off. */
export function openSinks(
  options: ResolvedOptions,
  userSinks: readonly GivenSink[],
  resource: Resource,
  logger: Logger,
): OpenSinks {
  const bindings: SinkBinding[] = [];
  const destinations: string[] = [];
  const warnings: string[] = [];
  const channels: LocalChannel[] = [];
  const notified = new StatusSet(options.errorBoundary.notify);
  let shipper: Shipper | undefined;
  let cerberus: CerberusSink | undefined;
  if (options.enabled) {
    if (options.url !== null) {
      shipper = openShipper(options, options.url, resource, logger, warnings);
      bindings.push({ sink: shipper });
      destinations.push(options.url);
      if (options.token === null)
        warnings.push("A server is set, but no token (GATEWATCH_TOKEN): it will refuse the events.");
    }
    if (options.agent.endpoint !== null) {
      const sink = openAgentSink(options, options.agent.endpoint, resource, logger);
      bindings.push({ sink, clientAddress: options.agent.clientAddress ?? options.clientAddress });
      destinations.push(options.agent.endpoint);
    }
    if (options.cerberus.enabled && options.cerberus.wsUrl !== null) {
      cerberus = openCerberusSink(options, options.cerberus.wsUrl, logger, warnings);
      bindings.push({ sink: cerberus, isAwaited: false });
      destinations.push(options.cerberus.wsUrl.replace(/\?.*$/, ""));
    } else if (options.cerberus.enabled) {
      warnings.push("Cerberus is on, but has no address (cerberus.wsUrl, CERBERUS_WS_URL): nothing is streamed to it.");
    }
    for (const { channel, clientAddress, label } of openChannels(options, logger, warnings)) {
      channels.push(channel);
      // They pace themselves, one message a second: no answer should wait for that.
      bindings.push({ sink: channel, clientAddress: clientAddress ?? options.clientAddress, isAwaited: false });
      destinations.push(label);
    }
    for (const given of userSinks) {
      const sink = typeof given === "function" ? createFunctionSink(given, given.name || "function") : given;
      bindings.push({ sink });
      destinations.push(`the sink ${sink.name}`);
    }
  }
  const { capture, clientAddress } = options;
  return {
    bindings: bindings.map((binding) => ({ clientAddress, ...binding, sink: withholdFields(binding.sink, capture) })),
    destinations,
    warnings,
    cerberus,
    tell: (alert) => {
      for (const channel of channels) channel.tellThreshold(alert);
    },
    isToldOf: (status) => channels.length > 0 && notified.has(status),
    countDrop: (reason, count) => shipper?.countDrop(reason, count),
    spillSync: () => shipper?.spillSync(),
  };
}

function openAgentSink({ agent }: ResolvedOptions, endpoint: string, resource: Resource, logger: Logger): Sink {
  const { apiKey, timeoutMs } = agent;
  return createAgentSink({ endpoint, resource, logger, timeoutMs, ...(apiKey === null ? {} : { apiKey }) });
}

function openCerberusSink(options: ResolvedOptions, wsUrl: string, logger: Logger, warnings: string[]): CerberusSink {
  const { token, clientId, secretKey, backendUrl, sensitiveKeys, piiPatterns, maxQueueEvents, ackTimeoutMs } =
    options.cerberus;
  const { keys, allowKeys, headers, patterns, email } = options.redact;
  const redact = { keys: [...keys, ...sensitiveKeys], allowKeys, headers, patterns, email };
  return createCerberusSink({
    wsUrl,
    token,
    clientId: clientId ?? options.service,
    secretKey: secretKey ?? options.secret,
    backendUrl,
    redactor: buildRedactor(redact, undefined, warnings),
    rules: piiPatterns,
    logger,
    maxQueueEvents,
    ackTimeoutMs,
  });
}

function openShipper(
  { token, delivery }: ResolvedOptions,
  url: string,
  resource: Resource,
  logger: Logger,
  warnings: string[],
): Shipper {
  const folder = delivery.spool ? (delivery.spoolFolder ?? tryMakeFolder(url, token, warnings)) : undefined;
  return createShipper({
    url,
    resource,
    logger,
    spool: folder === undefined ? false : { folder, maxBytes: delivery.maxSpoolBytes },
    transport: delivery.transport,
    maxQueueEvents: delivery.maxQueueEvents,
    maxQueueBytes: delivery.maxQueueBytes,
    maxBatchEvents: delivery.maxBatchEvents,
    batchDelayMs: delivery.batchDelayMs,
    timeoutMs: delivery.timeoutMs,
    ...(token === null ? {} : { token }),
  });
}

/**
 * A folder of this user alone, one per server and token: what was meant for one project must not reach another. In a folder that all users
 * can write, somebody else may have made it first; then there is no spool.
 */
function tryMakeFolder(url: string, token: string | null, warnings: string[]): string | undefined {
  const uid = process.getuid?.() ?? 0;
  const parent = join(tmpdir(), `gatewatch-spool-${uid}`);
  try {
    makeFolder(parent);
    const found = lstatSync(parent);
    if (!found.isDirectory() || (process.getuid !== undefined && (found.uid !== uid || (found.mode & 0o077) !== 0))) {
      throw new Error("it belongs to somebody else, or others may read it");
    }
    return join(
      parent,
      createHash("sha256")
        .update(`${url}\n${token ?? ""}`)
        .digest("hex")
        .slice(0, 16),
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    warnings.push(
      `Events cannot wait on disk in ${parent} (${reason}); set GATEWATCH_DELIVERY_SPOOL_FOLDER to a folder of the app's own.`,
    );
    return undefined;
  }
}
