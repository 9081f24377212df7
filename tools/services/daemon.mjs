// Finding, starting and stopping a service that belongs to one run.
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";

const START_LIMIT_MS = 30_000;
const KEPT_OUTPUT = 4_000;

/** An Error with `code` "service_missing": its tests are skipped, and the message says why. */
export function serviceMissing(message) {
  return Object.assign(new Error(message), { code: "service_missing" });
}

/** Path of a program in `folders` or on the PATH; undefined when it is nowhere. */
export function findBinary(name, folders = []) {
  const all = [...folders, ...(process.env.PATH ?? "").split(delimiter).filter(Boolean)];
  return all.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Ids of a user of this machine; undefined when there is none of that name. */
export function findUser(name) {
  try {
    const id = (flag) =>
      Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
    return { uid: id("-u"), gid: id("-g") };
  } catch {
    return undefined;
  }
}

/** A port that was free a moment ago on the loopback address. */
export function findFreePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Runs a program to its end; rejects with what it printed when it fails. */
export async function runToEnd(file, args, { uid, gid, cwd }) {
  const child = spawn(file, args, { uid, gid, cwd, stdio: ["ignore", "pipe", "pipe"] });
  const output = keepOutput(child);
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`${file} ended with code ${code}:\n${output()}`);
}

/** Starts a program and resolves once it prints `ready`; rejects with what it printed when it ends before that or takes 30 s. */
export async function startDaemon(file, args, { uid, gid, cwd, ready, stopSignal }) {
  const child = spawn(file, args, { uid, gid, cwd, stdio: ["ignore", "pipe", "pipe"] });
  const output = keepOutput(child);
  const ended = new Promise((resolve) => child.once("close", resolve));
  const killNow = () => child.kill("SIGKILL");
  process.once("exit", killNow);
  void ended.then(() => process.off("exit", killNow));
  try {
    await new Promise((resolve, reject) => {
      const limit = setTimeout(
        () => reject(new Error(`${file} was not ready within 30 s:\n${output()}`)),
        START_LIMIT_MS,
      );
      const done = (settle) => (value) => {
        clearTimeout(limit);
        settle(value);
      };
      const look = () => output().includes(ready) && done(resolve)();
      child.stdout.on("data", look);
      child.stderr.on("data", look);
      child.once("error", done(reject));
      child.once("close", (code) => done(reject)(new Error(`${file} ended with code ${code}:\n${output()}`)));
    });
  } catch (error) {
    killNow();
    throw error;
  }
  return {
    pid: child.pid,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill(stopSignal);
      await ended;
    },
  };
}

/** The last few thousand characters that a program printed. */
function keepOutput(child) {
  let text = "";
  const add = (chunk) => {
    text = (text + chunk).slice(-KEPT_OUTPUT);
  };
  child.stdout.setEncoding("utf8").on("data", add);
  child.stderr.setEncoding("utf8").on("data", add);
  return () => text;
}
