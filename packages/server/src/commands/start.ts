import { flushCompileCache } from "node:module";
import type { ExitCode, Values } from "../cli/command.ts";
import { resolveServerConfig } from "../settings/server-settings.ts";
import { startServer } from "../main.ts";
import { readOwnEnv } from "../settings/read-own-env.ts";

const STOP_DEADLINE_MS = 10_000;

/** Runs the server until a signal; resolves once everything received is durable and closed. */
export async function start(values: Values): Promise<ExitCode> {
  const config = resolveServerConfig(readOwnEnv(process.cwd(), process.env), {
    host: values.host,
    port: values.port,
    dataDir: values.data,
    journalSalvage: values.salvage === true ? "true" : undefined,
  });
  const server = await startServer(config);
  const signInLink = await server.makeSignInLink({ always: values["sign-in-link"] === true });
  if (values.json === true) {
    process.stdout.write(
      `${JSON.stringify({ url: server.url, signInLink, data: config.dataDir, pid: process.pid })}\n`,
    );
  } else {
    process.stdout.write(`Gatewatch listens on ${server.url}   (data in ${config.dataDir})\n`);
    if (signInLink !== null) process.stdout.write(`Sign in, once, with ${signInLink}\n`);
  }
  // A server that is killed later would keep nothing.
  setImmediate(flushCompileCache);
  const reason = await Promise.race([untilSignal(), server.failed]);
  const deadline = setTimeout(() => {
    process.stderr.write(
      `gatewatch: not everything closed within ${STOP_DEADLINE_MS / 1000} s; ending. What was acknowledged is durable and goes on at the next start.\n`,
    );
    process.exit(1);
  }, STOP_DEADLINE_MS);
  deadline.unref();
  await server.close();
  clearTimeout(deadline);
  // A channel that is listened to would keep the process alive.
  if (process.connected) process.disconnect();
  if (reason instanceof Error) {
    process.stderr.write(`gatewatch: ${reason.message}\n`);
    return 2;
  }
  return 0;
}

function untilSignal(): Promise<string> {
  return new Promise((done) => {
    process.once("SIGINT", () => done("SIGINT"));
    process.once("SIGTERM", () => done("SIGTERM"));
    // Started by another process with a channel to it: end with it.
    if (process.connected) process.once("disconnect", () => done("disconnect"));
  });
}
