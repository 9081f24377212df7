import type { LiveMessage } from "@gatewatch/protocol";
import { expect, test } from "vitest";
import { openLiveLink, type LinkState, type Source } from "./live-link.ts";

function createStage() {
  const sources: (Source & { closed: boolean })[] = [];
  const timers: { run: () => void; ms: number; live: boolean }[] = [];
  const states: LinkState[] = [];
  const messages: LiveMessage[] = [];
  const end = openLiveLink({
    openSource: () => {
      const source = {
        onopen: null,
        onmessage: null,
        onerror: null,
        closed: false,
        close() {
          this.closed = true;
        },
      };
      sources.push(source);
      return source;
    },
    onMessage: (message) => messages.push(message),
    onState: (state) => states.push(state),
    setTimer: (run, ms) => {
      const timer = { run, ms, live: true };
      timers.push(timer);
      return () => {
        timer.live = false;
      };
    },
    random: () => 1,
  });
  const fire = () => {
    const timer = timers.findLast((candidate) => candidate.live);
    if (timer) {
      timer.live = false;
      timer.run();
    }
  };
  return { sources, timers, states, messages, end, fire };
}

test("a broken line is opened again with growing pauses, and a good one starts them anew", () => {
  const stage = createStage();
  const pauses = () => stage.timers.filter((timer) => timer.live).map((timer) => timer.ms);
  stage.sources[0]?.onerror?.();
  expect(pauses()).toEqual([500]);
  stage.fire();
  stage.sources[1]?.onerror?.();
  expect(pauses()).toEqual([1000]);
  stage.fire();
  stage.sources[2]?.onopen?.();
  stage.sources[2]?.onerror?.();
  expect(pauses()).toEqual([500]);
  expect(stage.sources.map((source) => source.closed)).toEqual([true, true, true]);
  expect(stage.states).toEqual(["connecting", "reconnecting", "reconnecting", "open", "reconnecting"]);
});

test("silence counts as a broken line", () => {
  const stage = createStage();
  stage.sources[0]?.onopen?.();
  stage.fire();
  expect(stage.sources[0]?.closed).toBe(true);
  expect(stage.states.at(-1)).toBe("reconnecting");
});

test("messages arrive, nonsense is left out", () => {
  const stage = createStage();
  for (const data of ["{", "7", '{"type":"analysis","issueId":4}']) stage.sources[0]?.onmessage?.({ data });
  expect(stage.messages).toEqual([{ type: "analysis", issueId: 4 }]);
});

test("once ended, nothing is opened again", () => {
  const stage = createStage();
  stage.end();
  stage.sources[0]?.onerror?.();
  expect(stage.timers.filter((timer) => timer.live)).toEqual([]);
  expect(stage.sources).toHaveLength(1);
});
