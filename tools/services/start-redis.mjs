// A Redis of its own for tests and benchmarks: the distribution's binary, a temporary folder, a free port, loopback only.
import { randomBytes } from "node:crypto";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBinary, findFreePort, findUser, serviceMissing, startDaemon } from "./daemon.mjs";

/**
 * Starts a server without snapshots and resolves once it accepts connections. `appendOnly` keeps a log in the temporary folder.
 * Throws an Error with `code` "service_missing" when Redis is not installed.
 * @param {{ appendOnly?: "always" | "everysec" }} [options]
 * @returns {Promise<{ url: string, stop(): Promise<void> }>}
 */
export async function startRedis(options = {}) {
  const binary = findBinary("redis-server", ["/usr/bin", "/usr/local/bin"]);
  if (!binary) throw serviceMissing("Redis is not installed (redis-server was looked for).");
  const user = (process.getuid?.() === 0 ? findUser("redis") : undefined) ?? {};
  const folder = mkdtempSync(join(tmpdir(), "gatewatch-redis-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
    const port = await findFreePort();
    const password = randomBytes(18).toString("hex");
    const args = [
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--dir",
      folder,
      "--save",
      "",
      "--requirepass",
      password,
    ];
    if (options.appendOnly) args.push("--appendonly", "yes", "--appendfsync", options.appendOnly);
    const daemon = await startDaemon(binary, args, {
      ...user,
      cwd: folder,
      ready: "eady to accept connections",
      stopSignal: "SIGTERM",
    });
    return {
      url: `redis://:${password}@127.0.0.1:${port}`,
      async stop() {
        await daemon.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}
