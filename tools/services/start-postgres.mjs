// A PostgreSQL of its own for tests and benchmarks: the distribution's binaries, a temporary folder, a free port, loopback only.
import { randomBytes } from "node:crypto";
import { chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBinary, findFreePort, findUser, runToEnd, serviceMissing, startDaemon } from "./daemon.mjs";

const DEBIAN_ROOT = "/usr/lib/postgresql";
const OLDEST = 15;

/**
 * Starts a server and resolves once it accepts connections. `durable: true` keeps fsync on, for measurements.
 * Throws an Error with `code` "service_missing" when PostgreSQL 15 or newer is not installed.
 * @param {{ durable?: boolean }} [options]
 * @returns {Promise<{ url: string, stop(): Promise<void> }>}
 */
export async function startPostgres(options = {}) {
  const folders = debianFolders();
  const initdb = findBinary("initdb", folders);
  const postgres = findBinary("postgres", folders);
  if (!initdb || !postgres)
    throw serviceMissing(`PostgreSQL ${OLDEST} or newer is not installed (initdb and postgres were looked for).`);
  // The server refuses to run as root.
  const user = process.getuid?.() === 0 ? findUser("postgres") : {};
  if (!user) throw serviceMissing("There is no user `postgres` to run PostgreSQL as, and it refuses to run as root.");

  const folder = mkdtempSync(join(tmpdir(), "gatewatch-postgres-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const password = randomBytes(18).toString("hex");
    const passwordFile = join(folder, "password");
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (user.uid !== undefined) for (const path of [folder, passwordFile]) chownSync(path, user.uid, user.gid);
    const data = join(folder, "data");
    const setup = ["-D", data, "-U", "gatewatch", "-A", "scram-sha-256", `--pwfile=${passwordFile}`];
    await runToEnd(initdb, [...setup, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"], { ...user, cwd: folder });

    const port = await findFreePort();
    const settings = {
      listen_addresses: "127.0.0.1",
      unix_socket_directories: folder,
      max_connections: "100",
      fsync: options.durable ? "on" : "off",
      full_page_writes: options.durable ? "on" : "off",
      log_min_messages: "log",
    };
    const args = ["-D", data, "-p", String(port)];
    for (const [name, value] of Object.entries(settings)) args.push("-c", `${name}=${value}`);
    const daemon = await startDaemon(postgres, args, {
      ...user,
      cwd: folder,
      ready: "database system is ready to accept connections",
      stopSignal: "SIGINT",
    });
    const url = `postgres://gatewatch:${password}@127.0.0.1:${port}/postgres`;
    return {
      url,
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

/** Debian's folders of binaries, newest version first. */
function debianFolders() {
  let versions = [];
  try {
    versions = readdirSync(DEBIAN_ROOT).map(Number);
  } catch {
    return [];
  }
  return versions
    .filter((version) => version >= OLDEST)
    .toSorted((a, b) => b - a)
    .map((version) => join(DEBIAN_ROOT, String(version), "bin"));
}
