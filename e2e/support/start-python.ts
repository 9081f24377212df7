import { join, resolve } from "node:path";
import { poll } from "./poll.ts";
import { startCommand, ROOT, type RunningProcess } from "./start-process.ts";

const APPS = resolve(ROOT, "e2e/interop/apps");
/** How gunicorn and uvicorn say where they listen. */
const LISTENING = /(?:Listening at:|Uvicorn running on) (http:\/\/127\.0\.0\.1:\d+)/;

export interface PythonApp {
  url: string;
  process: RunningProcess;
}

/** A module of `e2e/interop/apps` behind a real server on a free port. */
export async function startPythonApp(
  bin: string,
  server: "gunicorn" | "uvicorn",
  module: string,
  options: { workers: number; probe: string; env: Record<string, string> },
): Promise<PythonApp> {
  const workers = ["--workers", String(options.workers)];
  const args =
    server === "gunicorn"
      ? [...workers, "--bind", "127.0.0.1:0", "--backlog", "512", `${module}:wsgi`]
      : [...workers, "--host", "127.0.0.1", "--port", "0", "--no-access-log", "--lifespan", "off", `${module}:asgi`];
  const env = { PYTHONPATH: APPS, PYTHONUNBUFFERED: "1", PYTHONDONTWRITEBYTECODE: "1", ...options.env };
  const process = startCommand(join(bin, server), args, env);
  const url = await process.waitForLine((line) => LISTENING.exec(line)?.[1]);
  // Both say so before their workers take connections.
  await poll(
    `an answer of ${module}`,
    () => fetch(`${url}${options.probe}`).catch(() => undefined),
    (answer) => answer?.ok === true,
  );
  return { url, process };
}
