import { byCode, byMessage, UNKNOWN_PLACE, type KnownFailure } from "../known-failure.ts";

const DOWNSTREAM = { category: "system_error", severity: "high", fixKind: "infra" } as const;

/** The other side of a connection, or the way there. */
export const NETWORK_FAILURES: KnownFailure[] = [
  {
    ...DOWNSTREAM,
    name: "connection-refused",
    confidence: 0.95,
    match: byCode(["ECONNREFUSED"], ({ peer, place }) => ({
      cause: `Nothing listens at ${peer ?? "the address that was called"}: the service is down, still starting, or elsewhere.${place === UNKNOWN_PLACE ? "" : ` The call came from ${place}.`}`,
      fix: `Check that the service at ${peer ?? "that address"} runs and that host and port in the configuration are right; retry with backoff while it starts.`,
    })),
  },
  {
    ...DOWNSTREAM,
    name: "connection-reset",
    severity: "medium",
    confidence: 0.8,
    match: byCode(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"], ({ peer, place }) => ({
      cause: `${peer ?? "The other side"} closed the connection while ${place} was using it: a restart, an idle timeout, or a proxy in between.`,
      fix: `Retry calls that may be repeated, and keep the client's idle timeout below the server's so that no stale connection is used.`,
    })),
  },
  {
    ...DOWNSTREAM,
    name: "timeout",
    category: "performance_issue",
    severity: "medium",
    confidence: 0.85,
    match: byCode(
      ["ETIMEDOUT", "ESOCKETTIMEDOUT", "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"],
      ({ peer, place }) => ({
        cause: `${peer ?? "The other side"} did not answer ${place} in time: it is overloaded, slow for this call, or a firewall drops the packets.`,
        fix: `Measure the call from ${place}; if it is slow for good reason raise its timeout, else repair the slow side and keep a short timeout with a retry.`,
      }),
    ),
  },
  {
    ...DOWNSTREAM,
    name: "name-not-found",
    fixKind: "config",
    confidence: 0.95,
    match: byCode(["ENOTFOUND", "EAI_AGAIN"], ({ peer, code }) => ({
      cause: `The name ${peer ?? "of the host"} could not be resolved${code === "EAI_AGAIN" ? " at the moment: the name server did not answer" : ": it does not exist for this machine"}.`,
      fix: `Check the spelling of the host in the configuration, and that DNS (or the container network) knows ${peer ?? "it"}.`,
    })),
  },
  {
    ...DOWNSTREAM,
    name: "unreachable",
    confidence: 0.85,
    match: byCode(["EHOSTUNREACH", "ENETUNREACH", "EADDRNOTAVAIL"], ({ peer }) => ({
      cause: `No route leads from this machine to ${peer ?? "the other side"}.`,
      fix: `Check network, VPN, security groups and whether IPv6 is offered but does not work on the way to ${peer ?? "that address"}.`,
    })),
  },
  {
    ...DOWNSTREAM,
    name: "tls-certificate",
    category: "security_issue",
    fixKind: "config",
    confidence: 0.9,
    match(signals) {
      const known =
        /^(?:CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|UNABLE_TO_(?:VERIFY|GET)|ERR_TLS_|ERR_SSL_|EPROTO)/;
      const told =
        /certificate has expired|self[- ]signed certificate|unable to verify the first certificate|certificate verify failed|altnames/i;
      const hit = known.test(signals.code ?? "") || told.test(signals.message);
      if (!hit) return undefined;
      const expired = /expired|CERT_HAS_EXPIRED/.test(`${signals.code} ${signals.message}`);
      return {
        cause: `The TLS certificate of ${signals.peer ?? "the other side"} is not accepted: ${expired ? "it has expired" : "it is not signed by a known authority, or is made for another name"}.`,
        fix: `${expired ? "Renew the certificate" : "Install the right chain, or make the authority known with NODE_EXTRA_CA_CERTS"}; do not switch the check off.`,
      };
    },
  },
  {
    ...DOWNSTREAM,
    name: "aborted",
    category: "performance_issue",
    severity: "medium",
    fixKind: "code",
    confidence: 0.75,
    match(signals) {
      const named = ["AbortError", "TimeoutError"].includes(signals.type) || signals.code === "ABORT_ERR";
      const told =
        /\b(?:operation|request|call|query|promise)\b.{0,60}\b(?:timed out|was aborted)\b|\btime(?:d )?out (?:of|after|exceeded)\b/i;
      if (!named && !told.test(signals.message)) return undefined;
      return {
        cause: `What ${signals.place} waited for was given up: a time limit passed, or the client went away.`,
        fix: `See what the call at ${signals.place} waits for; make it faster, raise its limit, or treat the abort as a normal answer (504, or nothing when the client left).`,
      };
    },
  },
  {
    ...DOWNSTREAM,
    name: "premature-close",
    severity: "low",
    fixKind: "code",
    confidence: 0.8,
    match: byCode(
      ["ERR_STREAM_PREMATURE_CLOSE", "ECONNABORTED", "ERR_STREAM_DESTROYED", "ERR_STREAM_WRITE_AFTER_END"],
      ({ place }) => ({
        cause: `A stream used at ${place} was closed before its end, mostly because a client left in the middle.`,
        fix: `Use \`pipeline()\` at ${place} and treat this error as the normal end of an abandoned download.`,
      }),
    ),
  },
  {
    ...DOWNSTREAM,
    name: "upstream-answer",
    severity: "medium",
    confidence: 0.75,
    match: byMessage(
      /\b(?:status(?: code)?|responded with|answered|returned|HTTP)[ :=]*(?:code )?\(?(5\d\d|429|401|403)\b/i,
      ([, status], { place, peer }) => ({
        cause: `A service that ${place} calls${peer === null ? "" : ` (${peer})`} answered ${status}${status === "429" ? ": too many requests" : status === "401" || status === "403" ? ": the credentials are missing, wrong or too weak" : ""}.`,
        fix:
          status === "429"
            ? "Slow down by the service's Retry-After, and cache or batch the calls."
            : status === "401" || status === "403"
              ? "Check key, token and their rights for that service in the configuration of this environment."
              : `Look at that service's own errors of the same moment; at ${place} retry what may be repeated, and answer with a fallback.`,
      }),
    ),
  },
  {
    ...DOWNSTREAM,
    name: "fetch-failed",
    severity: "medium",
    confidence: 0.6,
    match: byMessage(/^fetch failed$|^Network ?Error$/i, (_match, { place }) => ({
      cause: `A call to another service from ${place} failed before an answer came.`,
      fix: `Read the cause of the error (its \`cause.code\`), and check address, DNS and reachability of that service.`,
    })),
  },
];
