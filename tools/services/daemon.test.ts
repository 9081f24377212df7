import { describe, expect, test } from "vitest";
import { findBinary, findFreePort, findUser, runToEnd, serviceMissing, startDaemon } from "./daemon.mjs";

const here = { cwd: import.meta.dirname };
const script = (text: string) => ["-e", text];

describe("daemon", () => {
  test("startDaemon() resolves once the program says that it is ready, and stop() waits for its end", async () => {
    const text = "console.log('now ready'); process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000)";
    const options = { ...here, ready: "now ready", stopSignal: "SIGTERM" };
    const daemon = await startDaemon(process.execPath, script(text), options);
    await daemon.stop();
    expect(() => process.kill(daemon.pid, 0)).toThrow("ESRCH");
  });

  test("startDaemon() rejects with what the program printed when it ends before it is ready", async () => {
    const text = "console.error('no room for me'); process.exit(3)";
    const started = startDaemon(process.execPath, script(text), { ...here, ready: "never", stopSignal: "SIGTERM" });
    await expect(started).rejects.toThrow(/ended with code 3:\nno room for me/);
  });

  test("runToEnd() rejects with what the program printed when it fails", async () => {
    await runToEnd(process.execPath, script("console.log(1)"), here);
    await expect(runToEnd(process.execPath, script("console.log('bad'); process.exit(1)"), here)).rejects.toThrow(
      "bad",
    );
  });

  test("what is not there is not found", async () => {
    expect(findBinary("no-such-program-anywhere")).toBeUndefined();
    expect(findBinary("sh", ["/bin"])).toBe("/bin/sh");
    expect(findUser("no-such-user-anywhere")).toBeUndefined();
    expect(await findFreePort()).toBeGreaterThan(0);
    expect(serviceMissing("gone")).toMatchObject({ code: "service_missing", message: "gone" });
  });
});
