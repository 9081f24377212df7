import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { adaptRedisClient } from "./adapt-redis-client.ts";
import { createRedisPort } from "./create-redis-port.ts";
import { createRedisDriverStandIn, createReplyError, never } from "./redis-driver-stand-in.ts";
import { createRedisScript } from "./redis-script.ts";

const script = createRedisScript("return 1");
const isTime = (command: readonly unknown[]): boolean => command[0] === "time";
const time = ["1800000000", "250000"];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open(reply: (command: readonly unknown[]) => unknown) {
  const driver = createRedisDriverStandIn((command) => (isTime(command) ? time : reply(command)));
  const changes: string[] = [];
  const port = createRedisPort(driver, {
    deadlineMs: 50,
    onChange: (isUp, reason) => changes.push(`${isUp ? "up" : "down"}: ${reason}`),
  });
  const commands = (): unknown[] => driver.sent.map(({ command }) => command[0]).filter((name) => name !== "time");
  return { driver, port, changes, commands };
}

describe("the Redis port", () => {
  it("runs a script by its digest", async () => {
    const { port, driver } = open(() => [1, 2]);
    await expect(port.run(script, ["{a}:1"], ["7"])).resolves.toEqual([1, 2]);
    expect(driver.sent.at(-1)).toEqual({
      command: ["evalsha", script.sha, "1", "{a}:1", "7"],
      key: "{a}:1",
      answer: "text",
    });
  });

  it("sends the whole script once Redis has forgotten it, within the same deadline", async () => {
    const { port, driver, commands } = open(([name]) => {
      if (name === "evalsha") throw createReplyError("NOSCRIPT No matching script. Please use EVAL.");
      return never();
    });
    const answer = port.run(script, ["k"], []).catch((error: Error) => error);
    await vi.advanceTimersByTimeAsync(51);
    expect(await answer).toMatchObject({ failure: "timeout" });
    expect(commands()).toEqual(["evalsha", "eval"]);
    expect(driver.sent.at(-1)!.command[1]).toBe(script.source);
  });

  it("gives up a silent Redis at the deadline, then turns calls away at once until a probe is answered", async () => {
    const { port, driver, changes, commands } = open(() => never());
    const slow = port.send(["get", "a"], "a").catch((error: Error) => error);
    await vi.advanceTimersByTimeAsync(49);
    expect(port.stats().timeouts).toBe(0);
    await vi.advanceTimersByTimeAsync(2);
    expect(await slow).toMatchObject({ failure: "timeout" });

    driver.reply = () => never();
    await expect(port.send(["get", "b"], "b")).rejects.toMatchObject({ failure: "away" });
    await vi.advanceTimersByTimeAsync(5_100);
    driver.reply = (command) => (isTime(command) ? time : "here");
    await expect(port.send(["get", "c"], "c")).rejects.toMatchObject({ failure: "away" });
    await vi.advanceTimersByTimeAsync(0);
    await expect(port.send(["get", "d"], "d")).resolves.toBe("here");
    expect(commands()).toEqual(["get", "get"]);
    expect(changes).toEqual(["down: Redis did not answer within 50 ms", "up: Redis answers again"]);
    expect(port.stats()).toMatchObject({ away: 2, timeouts: 1, down: 0 });
  });

  it("never hands a command to a client that is not connected, and comes back by itself", async () => {
    const { port, driver, changes, commands } = open(() => "here");
    await port.send(["get", "a"], "a");
    driver.isConnected = false;
    await expect(port.send(["get", "b"], "b")).rejects.toMatchObject({ failure: "away" });
    expect(port.isUp()).toBe(false);
    driver.isConnected = true;
    expect(port.isUp()).toBe(false);
    await vi.advanceTimersByTimeAsync(0);
    expect(port.isUp()).toBe(true);
    expect(commands()).toEqual(["get"]);
    expect(changes).toEqual(["down: the client is not connected", "up: Redis answers again"]);
  });

  it("raises no alarm about a client that is still connecting for the first time, but wakes it", () => {
    const driver = createRedisDriverStandIn();
    driver.isConnected = false;
    const onChange = vi.fn<() => void>();
    const port = createRedisPort(driver, { deadlineMs: 50, onChange });
    expect(port.isUp()).toBe(false);
    expect(driver.woken).toBe(2);
    driver.isConnected = true;
    expect(port.isUp()).toBe(true);
    expect(onChange).not.toHaveBeenCalled();
  });

  it("takes an error that Redis answers with for what it is: this call fails, the next is sent", async () => {
    const { port, changes } = open(() => {
      throw createReplyError("OOM command not allowed when used memory > 'maxmemory'.");
    });
    await expect(port.send(["set", "a"], "a")).rejects.toMatchObject({ failure: "refused" });
    await expect(port.send(["set", "a"], "a")).rejects.toMatchObject({ failure: "refused" });
    expect(changes).toEqual([]);
    expect(port.stats().failures).toBe(2);
  });

  it("takes a broken connection and nonsense for an outage", async () => {
    const { port, changes } = open(() => {
      throw new Error("Connection is closed.");
    });
    await expect(port.send(["get", "a"], "a")).rejects.toMatchObject({ failure: "connection" });
    await vi.advanceTimersByTimeAsync(250);
    port.isUp();
    await vi.advanceTimersByTimeAsync(0);
    expect(port.isUp()).toBe(true);
    port.reportGarbage();
    expect(changes.map((change) => change.split(":")[0])).toEqual(["down", "up", "down"]);
  });

  it("does not trust a probe that took too long, nor one that answers nonsense", async () => {
    const { port, driver } = open(() => never());
    void port.send(["get", "a"], "a").catch(() => undefined);
    await vi.advanceTimersByTimeAsync(51);
    let answer = (_reply: unknown): void => undefined;
    driver.reply = () => new Promise((resolve) => (answer = resolve));
    port.isUp();
    await vi.advanceTimersByTimeAsync(80);
    answer(time);
    await vi.advanceTimersByTimeAsync(300);
    driver.reply = () => "PONG";
    expect(port.isUp()).toBe(false);
    await vi.advanceTimersByTimeAsync(300);
    expect(port.isUp()).toBe(false);
    await vi.advanceTimersByTimeAsync(300);
    driver.reply = () => time;
    port.isUp();
    await vi.advanceTimersByTimeAsync(0);
    expect(port.isUp()).toBe(true);
  });

  it("reads answers that wait behind a pause of the process before it gives their calls up", async () => {
    let answer = (_reply: unknown): void => undefined;
    const { port } = open(() => new Promise((resolve) => (answer = resolve)));
    const call = port.send(["get", "a"], "a");
    await vi.advanceTimersByTimeAsync(49);
    // Due in the same turn as the deadline, and after it.
    setTimeout(() => answer("late but here"), 1);
    await vi.advanceTimersByTimeAsync(1);
    await expect(call).resolves.toBe("late but here");
  });

  it("knows after which moment of Redis's clock an answer comes too late", async () => {
    const { port } = open(() => "OK");
    expect(port.lastUsefulMs()).toBe(0);
    await vi.advanceTimersByTimeAsync(0);
    expect(port.lastUsefulMs()).toBeCloseTo(1_800_000_000_250 + 50, 3);
    await vi.advanceTimersByTimeAsync(100);
    expect(port.lastUsefulMs()).toBeCloseTo(1_800_000_000_250 + 150, 3);
    // A later reading that was longer on its way says nothing new; an earlier bound is kept for some seconds only.
    port.learnTime(1_800_000_000_250);
    expect(port.lastUsefulMs()).toBeCloseTo(1_800_000_000_250 + 150, 3);
    await vi.advanceTimersByTimeAsync(40_000);
    port.learnTime(1_800_000_000_250);
    expect(port.lastUsefulMs()).toBeCloseTo(1_800_000_000_250 + 50, 3);
  });

  it("is not harmed by a client whose parts throw", async () => {
    const driver = createRedisDriverStandIn();
    driver.isReady = () => {
      throw new Error("broken");
    };
    const port = createRedisPort(driver, { deadlineMs: 50 });
    await expect(port.send(["get", "a"], "a")).rejects.toMatchObject({ failure: "away" });
  });
});

describe("adaptRedisClient()", () => {
  const ioredis = (status = "ready", extra: object = {}) => ({
    status,
    calls: [] as unknown[][],
    call(...args: unknown[]) {
      this.calls.push(["call", ...args]);
      return Promise.resolve("text");
    },
    callBuffer(...args: unknown[]) {
      this.calls.push(["callBuffer", ...args]);
      return Promise.resolve(Buffer.from("bytes"));
    },
    ...extra,
  });

  it.each(["ready", "connecting", "reconnecting", "end", "close", "wait"])("reads ioredis's status %s", (status) => {
    expect(adaptRedisClient(ioredis(status)).isReady()).toBe(status === "ready");
  });

  it("lets an ioredis client that waits for its first command connect, and nothing else", () => {
    const connect = vi.fn<() => Promise<never>>(() => Promise.reject(new Error("refused")));
    adaptRedisClient(ioredis("wait", { connect })).wake();
    adaptRedisClient(ioredis("end", { connect })).wake();
    expect(connect).toHaveBeenCalledTimes(1);
  });

  it("calls ioredis by command, as texts or as bytes", async () => {
    const client = ioredis();
    const driver = adaptRedisClient(client);
    expect(await driver.send(["get", "a"], "a", "text")).toBe("text");
    expect(await driver.send(["get", "a"], "a", "bytes")).toEqual(Buffer.from("bytes"));
    expect(client.calls).toEqual([
      ["call", "get", "a"],
      ["callBuffer", "get", "a"],
    ]);
  });

  it.each([
    ["client", { isReady: true }, [["get", "a"], expect.anything()]],
    ["cluster", { isReady: true, masters: [], slots: [] }, ["a", false, ["get", "a"], expect.anything()]],
    ["sentinel", { isReady: true, getMasterNode: () => undefined }, [false, ["get", "a"], expect.anything()]],
    ["pool", { isOpen: true }, [["get", "a"], expect.anything()]],
  ])("sends by node-redis's %s", async (_name, shape, expected) => {
    const sendCommand = vi.fn<(...args: unknown[]) => Promise<string>>(() => Promise.resolve("OK"));
    const driver = adaptRedisClient({ ...shape, sendCommand });
    expect(driver.isReady()).toBe(true);
    await driver.send(["get", "a"], "a", "text");
    expect(sendCommand.mock.calls[0]).toEqual(expected);
  });

  it("asks node-redis for bytes in the words of every major", async () => {
    const sendCommand = vi.fn<(...args: unknown[]) => Promise<string>>(() => Promise.resolve("OK"));
    await adaptRedisClient({ isReady: true, sendCommand }).send(["get", "a"], "a", "bytes");
    expect(sendCommand.mock.calls[0]![1]).toEqual({ returnBuffers: true, typeMapping: { 36: Buffer } });
  });

  it("takes ioredis's own method for a command where there is one", async () => {
    const client = ioredis("ready", {
      get(...args: unknown[]) {
        (this as unknown as { calls: unknown[] }).calls.push(["get", ...args]);
      },
      getBuffer(...args: unknown[]) {
        (this as unknown as { calls: unknown[] }).calls.push(["getBuffer", ...args]);
      },
    });
    const driver = adaptRedisClient(client);
    await driver.send(["get", "a"], "a", "text");
    await driver.send(["get", "a"], "a", "bytes");
    await driver.send(["set", "a", "b"], "a", "text");
    expect(client.calls).toEqual([
      ["get", "a"],
      ["getBuffer", "a"],
      ["call", "set", "a", "b"],
    ]);
  });

  it("hands bytes on as Buffers, which is all that clients know, without copying them", async () => {
    const bytes = new Uint8Array([9, 0, 255, 1, 9]).subarray(1, 4);
    const calling = ioredis();
    await adaptRedisClient(calling).send(["set", "a", bytes], "a", "text");
    const sent = calling.calls[0]![3] as Buffer;
    expect(Buffer.isBuffer(sent)).toBe(true);
    expect([...sent]).toEqual([0, 255, 1]);
    expect(sent.buffer).toBe(bytes.buffer);
    const sendCommand = vi.fn<(...args: unknown[]) => Promise<string>>(() => Promise.resolve("OK"));
    await adaptRedisClient({ isReady: true, sendCommand }).send(["set", "a", bytes], "a", "text");
    expect(sendCommand.mock.calls[0]![0]).toEqual(["set", "a", Buffer.from([0, 255, 1])]);
  });

  it("knows clusters", () => {
    expect(adaptRedisClient(ioredis("ready", { isCluster: true })).isCluster).toBe(true);
    expect(adaptRedisClient(ioredis()).isCluster).toBe(false);
    expect(adaptRedisClient({ sendCommand: () => undefined, masters: [] }).isCluster).toBe(true);
  });

  it.each([[undefined], [null], ["redis://localhost"], [{}], [{ get: () => undefined }], [42]])(
    "refuses %j",
    (client) => {
      expect(() => adaptRedisClient(client)).toThrow(TypeError);
    },
  );
});
