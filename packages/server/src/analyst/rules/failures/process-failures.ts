import { byCode, byMessage, type KnownFailure } from "../known-failure.ts";

const MACHINE = { category: "system_error", severity: "high", fixKind: "infra" } as const;

/** The process, its machine and its deployment. */
export const PROCESS_FAILURES: KnownFailure[] = [
  {
    ...MACHINE,
    name: "disk-full",
    severity: "critical",
    confidence: 0.95,
    match: byCode(["ENOSPC", "EDQUOT", "53100", "SQLITE_FULL"], ({ place }) => ({
      cause: `The disk (or its quota) is full; what ${place} wanted to write is lost.`,
      fix: "Free or add space now; then bound what fills it: logs, uploads, temporary files.",
    })),
  },
  {
    ...MACHINE,
    name: "data-damage",
    severity: "critical",
    confidence: 0.9,
    match: byCode(["EIO", "EROFS", "SQLITE_CORRUPT", "SQLITE_NOTADB", "XX001", "XX002"], ({ code }) => ({
      cause: `Stored data can no longer be read or written (${code ?? "I/O error"}): a failing disk, a read-only file system, or a damaged database.`,
      fix: "Stop writing, check the disk and the system log, and restore from the last backup if the data is damaged.",
    })),
  },
  {
    ...MACHINE,
    name: "out-of-memory",
    severity: "critical",
    confidence: 0.9,
    match(signals) {
      const coded = ["ENOMEM", "ERR_WORKER_OUT_OF_MEMORY", "ERR_MEMORY_ALLOCATION_FAILED"].includes(signals.code ?? "");
      const told =
        /heap out of memory|allocation failed|Array buffer allocation failed|Invalid string length|\bENOMEM\b/i;
      if (!coded && signals.type !== "MemoryError" && !told.test(signals.message)) return undefined;
      return {
        cause: `The process had no memory left at ${signals.place}.`,
        fix: `Look for what grows: unbounded caches, lists read whole at ${signals.place}, bodies without a limit; stream or page them, then size the memory.`,
      };
    },
  },
  {
    ...MACHINE,
    name: "too-many-files",
    confidence: 0.95,
    match: byCode(["EMFILE", "ENFILE"], ({ place }) => ({
      cause: `Too many files or sockets are open at once; ${place} could open no more.`,
      fix: "Close what is opened (streams, connections, watchers), bound how much runs at a time, then raise `ulimit -n`.",
    })),
  },
  {
    ...MACHINE,
    name: "port-taken",
    fixKind: "config",
    confidence: 0.95,
    match: byCode(["EADDRINUSE"], ({ peer }) => ({
      cause: `The address ${peer ?? "to listen on"} is taken by another process, often an older instance of the same app.`,
      fix: "Stop the other process or choose another port; on restart wait until the old instance has gone.",
    })),
  },
  {
    ...MACHINE,
    name: "permission",
    fixKind: "config",
    confidence: 0.9,
    match: byCode(["EACCES", "EPERM", "42501"], ({ message, place }) => {
      const path = /'([^']{1,200})'/.exec(message)?.[1];
      return {
        cause: `The process may not do what ${place} asked${path === undefined ? "" : ` with \`${path}\``}.`,
        fix: `Give the user that runs the app the needed right${path === undefined ? "" : ` on \`${path}\``}, or use a place (or a port from 1024 on) that it owns.`,
      };
    }),
  },
  {
    ...MACHINE,
    name: "file-missing",
    severity: "medium",
    fixKind: "config",
    confidence: 0.85,
    match: byCode(["ENOENT", "ENOTDIR"], ({ message, place }) => {
      const path = /'([^']{1,200})'/.exec(message)?.[1];
      return {
        cause: `${path === undefined ? "A file" : `\`${path}\``} that ${place} wants does not exist.`,
        fix: "Check that the file is part of the deployment and that the path does not depend on the working directory.",
      };
    }),
  },
  {
    ...MACHINE,
    name: "module-missing",
    fixKind: "dependency",
    confidence: 0.95,
    match(signals) {
      const match = /Cannot find (?:module|package) '([^']{1,200})'|No module named '?([\w.]{1,200})/.exec(
        signals.message,
      );
      if (match === null && !["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"].includes(signals.code ?? ""))
        return undefined;
      const name = match?.[1] ?? match?.[2];
      return {
        cause: `${name === undefined ? "A module" : `The module \`${name}\``} is not installed, or the path to it is wrong in this build.`,
        fix: "Install it as a dependency (not a development one), check upper and lower case and the file ending, and build again.",
      };
    },
  },
  {
    ...MACHINE,
    name: "env-missing",
    fixKind: "config",
    confidence: 0.85,
    match: byMessage(
      /(?:(?:missing|undefined|unset|required)\b.{0,40}\b(?:env(?:ironment)?(?: variable)?|config(?:uration)?)\b\W{0,5}([A-Z][A-Z0-9_]{2,60})?)|\b([A-Z][A-Z0-9]*_[A-Z0-9_]{1,60})\b.{0,40}\b(?:is (?:not set|missing|required|undefined)|must be set)\b/,
      ([, first, second], { place }) => ({
        cause: `${(first ?? second) ? `The setting \`${first ?? second}\`` : "A setting"} that ${place} needs is not there in this environment.`,
        fix: `Set ${(first ?? second) ? `\`${first ?? second}\`` : "it"} where this environment is configured, and check all settings once at start rather than at first use.`,
      }),
    ),
  },
];
