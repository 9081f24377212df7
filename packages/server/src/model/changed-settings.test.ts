import { expect, test } from "vitest";
import type { Json } from "@gatewatch/protocol";
import { changeServerSetting, readAnalystBudget, readRetention } from "./changed-settings.ts";
import type { RetentionPolicy, Store } from "./store.ts";

function openSettings(stored: Record<string, Json> = {}): Pick<Store, "control"> {
  const control: Partial<Store["control"]> = {
    getSetting: async (key) => stored[key] ?? null,
    setSetting: async (key, value) => {
      stored[key] = value;
    },
  };
  return { control: control as Store["control"] };
}

const BUDGET = { maxCallsPerDay: 100, maxUsdPerDay: 2 };

test("what nobody changed is as configured; what somebody changed is in force at once", async () => {
  const store = openSettings();
  expect(await readAnalystBudget(store, BUDGET)).toEqual(BUDGET);
  await changeServerSetting(store, "analyst", { maxUsdPerDay: 0 });
  await changeServerSetting(store, "analyst", { maxCallsPerDay: 7 });
  expect(await readAnalystBudget(store, BUDGET)).toEqual({ maxCallsPerDay: 7, maxUsdPerDay: 0 });
});

test.each<[Json]>([
  [["maxCallsPerDay"]],
  ["nothing"],
  [{ maxCallsPerDay: "many", maxUsdPerDay: -1 }],
  [{ maxCallsPerDay: null, unknown: 5 }],
])("a stored value that cannot be meant changes nothing: %j", async (analyst) => {
  expect(await readAnalystBudget(openSettings({ analyst }), BUDGET)).toEqual(BUDGET);
});

test("the retention is read in the same way", async () => {
  const defaults = { rawMaxAgeMs: 10, maxBytes: 20 } as RetentionPolicy;
  const store = openSettings({ retention: { rawMaxAgeMs: 5, maxBytes: "all", more: 1 } });
  expect(await readRetention(store, defaults)).toEqual({ rawMaxAgeMs: 5, maxBytes: 20 });
});
