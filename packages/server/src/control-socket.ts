import { chmodSync, rmSync } from "node:fs";
import Fastify, { type FastifyInstance } from "fastify";
import type { ApiOptions } from "./api/api-deps.ts";
import { registerApi } from "./api/http/bind-fastify.ts";
import { controlSocketPath } from "./cli/open-control.ts";

/** The API for the operator: the same routes, trusted, and two of its own. `address` is null when nothing listens. */
export async function createControlApp(options: ApiOptions, address: string | null): Promise<FastifyInstance> {
  const app = Fastify({ logger: false, forceCloseConnections: true });
  app.get("/control/address", async () => ({ url: address, publicUrl: options.publicUrl }));
  app.post<{ Body: { target: string } }>("/control/backup", async ({ body }) =>
    options.store.maintenance.backup(body.target),
  );
  await registerApi(app, options, { trustedAs: { kind: "operator" } });
  return app;
}

/** Serves the operator's API on a socket of mode 0600 in the data folder. */
export async function openControlSocket(
  options: ApiOptions,
  dataDir: string,
  address: string,
): Promise<FastifyInstance> {
  const path = controlSocketPath(dataDir);
  // The lock on the folder is ours, so a socket that is there was left by a killed process.
  rmSync(path, { force: true });
  const app = await createControlApp(options, address);
  const umask = process.umask(0o177);
  try {
    await app.listen({ path });
  } finally {
    process.umask(umask);
  }
  chmodSync(path, 0o600);
  return app;
}
