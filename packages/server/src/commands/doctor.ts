import { accessSync, constants, existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { styleText } from "node:util";
import type { ChannelList, HealthAnswer, TokenList } from "@gatewatch/protocol";
import type { ExitCode, Values } from "../cli/command.ts";
import { findDataDir } from "../settings/find-data-dir.ts";
import { openControl, type Control } from "../cli/open-control.ts";
import { resolveServerConfig } from "../settings/server-settings.ts";
import { readOwnEnv } from "../settings/read-own-env.ts";

interface Finding {
  check: string;
  state: "ok" | "warn" | "bad";
  detail: string;
  fix?: string;
}

const LOW_DISK_BYTES = 1024 ** 3;
const LATE_MS = 10_000;

/** Checks the installation; exit code 1 when something is wrong. */
export async function doctor(values: Values): Promise<ExitCode> {
  const dataDir = findDataDir(values.data);
  const findings = [...checkMachine(), ...checkSettings(), ...checkFolder(dataDir)];
  if (!findings.some((finding) => finding.state === "bad")) {
    const control = await openControl(dataDir);
    try {
      findings.push(...(await checkServer(control, dataDir)));
    } finally {
      await control.close();
    }
  }
  const bad = findings.filter((finding) => finding.state === "bad").length;
  if (values.json === true) process.stdout.write(`${JSON.stringify({ ok: bad === 0, findings })}\n`);
  else for (const finding of findings) process.stdout.write(`${formatFinding(finding)}\n`);
  return bad === 0 ? 0 : 1;
}

function formatFinding({ check, state, detail, fix }: Finding): string {
  const marks = { ok: styleText("green", "✓"), warn: styleText("yellow", "!"), bad: styleText("red", "✗") };
  return `${marks[state]} ${check}: ${detail}${fix === undefined ? "" : `\n  → ${fix}`}`;
}

function checkMachine(): Finding[] {
  const dashboard = resolve(import.meta.dirname, "../../../dashboard/dist/index.html");
  return [
    { check: "Node", state: "ok", detail: process.version },
    existsSync(dashboard)
      ? { check: "dashboard", state: "ok", detail: "built" }
      : { check: "dashboard", state: "bad", detail: "not built", fix: "npm run build" },
  ];
}

function checkSettings(): Finding[] {
  try {
    resolveServerConfig(readOwnEnv(process.cwd(), process.env));
    return [{ check: "settings", state: "ok", detail: "every value is allowed" }];
  } catch (error) {
    return [{ check: "settings", state: "bad", detail: (error as Error).message }];
  }
}

function checkFolder(dataDir: string): Finding[] {
  if (!existsSync(dataDir)) {
    return [
      {
        check: "data folder",
        state: "warn",
        detail: `${dataDir} does not exist yet`,
        fix: "gatewatch start makes it; or name another one with --data",
      },
    ];
  }
  if (!statSync(dataDir).isDirectory()) {
    return [
      {
        check: "data folder",
        state: "bad",
        detail: `${dataDir} is a file, not a folder`,
        fix: "name another one with --data",
      },
    ];
  }
  try {
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return [
      {
        check: "data folder",
        state: "bad",
        detail: `${dataDir} cannot be written`,
        fix: `change its owner to the user that runs Gatewatch`,
      },
    ];
  }
  const findings: Finding[] = [{ check: "data folder", state: "ok", detail: dataDir }];
  for (const name of ["secret.key", "gatewatch.db"]) {
    const info = statSync(join(dataDir, name), { throwIfNoEntry: false });
    if (info !== undefined && (info.mode & 0o077) !== 0) {
      findings.push({
        check: name,
        state: "bad",
        detail: `others may read it (mode ${(info.mode & 0o777).toString(8)})`,
        fix: `chmod 600 ${join(dataDir, name)}`,
      });
    }
  }
  return findings;
}

async function checkServer(control: Control, dataDir: string): Promise<Finding[]> {
  if (!control.live)
    return [{ check: "server", state: "warn", detail: `none runs on ${dataDir}`, fix: "gatewatch start" }];
  const [health, tokens, channels] = await Promise.all([
    control.call<HealthAnswer>("GET", "/api/health"),
    control.call<TokenList>("GET", "/api/tokens"),
    control.call<ChannelList>("GET", "/api/channels"),
  ]);
  const findings: Finding[] = [
    {
      check: "server",
      state: "ok",
      detail: `version ${health.version}, ${health.intake.acceptedEvents} events since its start`,
    },
  ];
  findings.push(
    health.journal.lagMs > LATE_MS
      ? {
          check: "digest",
          state: "bad",
          detail: `${Math.round(health.journal.lagMs / 1000)} s behind`,
          fix: "see the server's log; is the disk slow or PostgreSQL away?",
        }
      : { check: "digest", state: "ok", detail: `${health.digest.events} events digested` },
  );
  if (health.digest.halted !== null)
    findings.push({
      check: "digest",
      state: "bad",
      detail: `it stands still: ${health.digest.halted}`,
      fix: "mend what it names, then start the server again",
    });
  if (health.digest.poisoned > 0)
    findings.push({
      check: "poison",
      state: "warn",
      detail: `${health.digest.poisoned} records could not be digested`,
      fix: `look into ${join(dataDir, "poison")}`,
    });
  const { freeBytes } = health.disk;
  if (freeBytes !== null) {
    findings.push(
      freeBytes < LOW_DISK_BYTES
        ? {
            check: "disk",
            state: "bad",
            detail: `${Math.round(freeBytes / 1024 ** 2)} MB free`,
            fix: "make room, or lower GATEWATCH_RETENTION_MEGABYTES",
          }
        : { check: "disk", state: "ok", detail: `${Math.round(freeBytes / 1024 ** 3)} GB free` },
    );
  }
  for (const drop of health.drops.filter((entry) => entry.count > 0))
    findings.push({
      check: "drops",
      state: "warn",
      detail: `${drop.count} events at the ${drop.where}: ${drop.reason}`,
    });
  if (!tokens.tokens.some((token) => token.scope === "ingest" && token.revokedAt === null)) {
    findings.push({
      check: "tokens",
      state: "warn",
      detail: "no app can send yet",
      fix: "gatewatch token create --scope ingest",
    });
  }
  if (health.alerts.dead > 0)
    findings.push({
      check: "alerts",
      state: "bad",
      detail: `${health.alerts.dead} alerts could not be delivered`,
      fix: "see /api/deliveries?state=dead",
    });
  for (const channel of channels.channels.filter((entry) => entry.lastFailure !== null)) {
    findings.push({ check: `channel ${channel.name}`, state: "bad", detail: channel.lastFailure ?? "" });
  }
  if (channels.channels.length === 0)
    findings.push({
      check: "alerts",
      state: "warn",
      detail: "nobody is told of new issues",
      fix: "set GATEWATCH_SLACK_WEBHOOK_URL",
    });
  return findings;
}
