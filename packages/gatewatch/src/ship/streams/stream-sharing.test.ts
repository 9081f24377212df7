import { SnapshotError } from "@gatewatch/detect/snapshot/snapshot-error";
import { describe, expect, it } from "vitest";
import { createClockStandIn, until } from "../clock-stand-in.ts";
import type { ExchangeAnswer, ExchangeOrder } from "./exchange.ts";
import { type SharedStream, StreamSharing } from "./stream-sharing.ts";

const STATE: ExchangeAnswer = { kind: "state", snapshot: new Uint8Array([1]), etag: '"v1"' };

function createStream(name: string) {
  const stream = {
    name,
    state: "ready" as SharedStream["state"],
    logs: [] as Uint8Array[],
    adopted: [] as Uint8Array[],
    isDamaged: false,
    takeLog: () => stream.logs.shift(),
    async adopt(snapshot: Uint8Array) {
      if (stream.isDamaged) throw new SnapshotError("snapshot_corrupt", "damaged");
      stream.adopted.push(snapshot);
      return true;
    },
  };
  return stream;
}

/** Answers what a test has staged, and else that nobody knows the stream. */
function start() {
  const clock = createClockStandIn();
  const orders: ExchangeOrder[] = [];
  const staged: (ExchangeAnswer | Error | Promise<ExchangeAnswer>)[] = [];
  let open = 0;
  let most = 0;
  const sharing = new StreamSharing({
    clock,
    random: () => 0.5,
    async exchange(order) {
      orders.push(order);
      most = Math.max(most, ++open);
      try {
        const answer = await (staged.shift() ?? { kind: "none" as const });
        if (answer instanceof Error) throw answer;
        return answer;
      } finally {
        open--;
      }
    },
  });
  const settle = async (exchanges: number): Promise<void> => {
    await until(() => orders.length === exchanges && open === 0 && clock.pending().length === 1);
  };
  return { clock, orders, staged, sharing, settle, most: () => most };
}

const bytes = (value: number): Uint8Array => new Uint8Array([value]);

describe("sharing streams", () => {
  it("asks at once what others know, and hands in what was seen a minute later", async () => {
    const { clock, orders, staged, sharing, settle } = start();
    const stream = createStream("pay");
    staged.push(STATE);
    sharing.join(stream);
    expect(orders).toEqual([]);
    clock.advance(0);
    await settle(1);
    expect(orders).toEqual([{ stream: "pay", delta: undefined, etag: undefined }]);
    expect(stream.adopted).toHaveLength(1);
    stream.logs.push(bytes(7));
    clock.advance(59_000);
    expect(orders).toHaveLength(1);
    clock.advance(1_000);
    await settle(2);
    expect(orders[1]).toEqual({ stream: "pay", delta: { sequence: 0, bytes: bytes(7) }, etag: '"v1"' });
    expect(sharing.stats()).toMatchObject({ shareExchanges: 2, shareFailures: 0, shareAdopted: 1 });
  });

  it("asks more often while a stream is calibrating, and seldom while nothing happens in it", async () => {
    const { clock, sharing, settle } = start();
    const stream = createStream("pay");
    stream.state = "calibrating";
    sharing.join(stream);
    clock.advance(0);
    await settle(1);
    expect(clock.pending()).toEqual([10_000]);
    stream.state = "ready";
    clock.advance(10_000);
    await settle(2);
    expect(clock.pending()).toEqual([300_000]);
  });

  it("has one exchange at a time, whatever the number of streams", async () => {
    const { clock, staged, sharing, settle, most } = start();
    let answer!: (answer: ExchangeAnswer) => void;
    staged.push(new Promise((resolve) => (answer = resolve)));
    for (const name of ["a", "b", "c"]) sharing.join(createStream(name));
    clock.advance(0);
    clock.advance(120_000);
    expect(sharing.stats()["shareExchanges"]).toBe(1);
    answer(STATE);
    await settle(1);
    clock.advance(0);
    await settle(2);
    clock.advance(0);
    await settle(3);
    expect(most()).toBe(1);
  });

  it.each<[string, ExchangeAnswer | Error, number]>([
    ["no answer", new Error("refused"), 2_500],
    ["a server that asks for time", { kind: "retry", afterMs: 90_000 }, 90_000],
  ])("after %s sends the same under the same number, later", async (_, failure, delayMs) => {
    const { clock, orders, staged, sharing, settle } = start();
    const stream = createStream("pay");
    stream.logs.push(bytes(1), bytes(2));
    staged.push(failure, STATE, STATE);
    sharing.join(stream);
    clock.advance(0);
    await settle(1);
    expect(clock.pending()).toEqual([delayMs]);
    clock.advance(delayMs);
    await settle(2);
    clock.advance(60_000);
    await settle(3);
    expect(orders.map(({ delta }) => delta)).toEqual([
      { sequence: 0, bytes: bytes(1) },
      { sequence: 0, bytes: bytes(1) },
      { sequence: 1, bytes: bytes(2) },
    ]);
    expect(sharing.stats()).toMatchObject({ shareFailures: 1, shareAdopted: 2 });
  });

  it("lets the other streams come first after one that the server cannot answer", async () => {
    const { clock, orders, staged, sharing, settle } = start();
    staged.push(new Error("500"), STATE, new Error("500"));
    for (const name of ["bad", "good"]) sharing.join(createStream(name));
    clock.advance(0);
    await settle(1);
    clock.advance(2_500);
    await settle(2);
    clock.advance(0);
    await settle(3);
    expect(orders.map(({ stream }) => stream)).toEqual(["bad", "good", "bad"]);
  });

  it("goes on alone with a state that is damaged, and asks for it again", async () => {
    const { clock, orders, staged, sharing, settle } = start();
    const stream = createStream("pay");
    stream.isDamaged = true;
    staged.push(STATE);
    sharing.join(stream);
    clock.advance(0);
    await settle(1);
    expect(sharing.stats()).toMatchObject({ shareDamaged: 1, shareAdopted: 0 });
    clock.advance(60_000);
    await settle(2);
    expect(orders[1]?.etag).toBeUndefined();
  });

  it("lets go what the server will never take", async () => {
    const { clock, orders, staged, sharing, settle } = start();
    const stream = createStream("pay");
    stream.logs.push(bytes(1));
    staged.push({ kind: "refused" });
    sharing.join(stream);
    clock.advance(0);
    await settle(1);
    clock.advance(300_000);
    await settle(2);
    expect(orders.map(({ delta }) => delta)).toEqual([{ sequence: 0, bytes: bytes(1) }, undefined]);
    expect(sharing.stats()).toMatchObject({ shareRefused: 1 });
  });

  it("forgets a stream that has left", async () => {
    const { clock, orders, sharing } = start();
    const stream = createStream("pay");
    sharing.join(stream);
    sharing.leave(stream);
    clock.advance(600_000);
    expect(orders).toEqual([]);
  });

  it("hands in what is left when the app ends, without taking anything over", async () => {
    const { clock, orders, staged, sharing } = start();
    const [one, other] = [createStream("a"), createStream("b")];
    one.logs.push(bytes(1));
    other.logs.push(bytes(2));
    staged.push(STATE, STATE);
    sharing.join(one);
    sharing.join(other);
    await sharing.close(1_000);
    expect(orders.map(({ delta }) => delta?.bytes)).toEqual([bytes(1), bytes(2)]);
    expect(one.adopted).toEqual([]);
    sharing.join(createStream("c"));
    clock.advance(600_000);
    expect(orders).toHaveLength(2);
  });

  it("does not keep an app that ends waiting for a server that is silent", async () => {
    const { clock, staged, sharing } = start();
    const stream = createStream("pay");
    stream.logs.push(bytes(1));
    staged.push(new Promise(() => undefined));
    sharing.join(stream);
    const closed = sharing.close(1_000);
    await until(() => clock.pending().length > 0);
    clock.advance(1_000);
    await closed;
    expect(sharing.stats()).toMatchObject({ shareExchanges: 1, shareFailures: 0 });
  });
});
