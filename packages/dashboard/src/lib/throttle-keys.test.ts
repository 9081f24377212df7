import { expect, test, vi } from "vitest";
import { createKeyThrottle } from "./throttle-keys.ts";

test("a key runs at once, then once more when its gap is over, however often it is asked", () => {
  let time = 0;
  const timers: { run: () => void; ms: number }[] = [];
  const throttle = createKeyThrottle(
    1000,
    () => time,
    (run, ms) => timers.push({ run, ms }),
  );
  const run = vi.fn<() => void>();
  throttle("issues", run);
  expect(run).toHaveBeenCalledTimes(1);
  time = 300;
  throttle("issues", run);
  throttle("issues", run);
  throttle("overview", run);
  expect(run).toHaveBeenCalledTimes(2);
  expect(timers.map((timer) => timer.ms)).toEqual([700]);
  time = 1000;
  timers[0]?.run();
  expect(run).toHaveBeenCalledTimes(3);
});
