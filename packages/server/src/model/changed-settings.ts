import type { Json } from "@gatewatch/protocol";
import type { RetentionPolicy, Store } from "./store.ts";

/** Keys of the server-wide settings that people change while it runs; each holds only what differs from the configuration. */
const KEYS = { retention: "retention", analyst: "analyst" } as const;

/** What the model may cost in a day (UTC). */
export interface AnalystBudget {
  maxCallsPerDay: number;
  maxUsdPerDay: number;
}

type Settings = Pick<Store, "control">;

/** The retention in force: the configured one with what was changed since. */
export function readRetention(store: Settings, defaults: RetentionPolicy): Promise<RetentionPolicy> {
  return readChanged(store, KEYS.retention, defaults);
}

/** The analyst's budget in force: the configured one with what was changed since. */
export function readAnalystBudget(store: Settings, defaults: AnalystBudget): Promise<AnalystBudget> {
  return readChanged(store, KEYS.analyst, defaults);
}

/** Changes what the patch names, from the next reading on. */
export async function changeServerSetting(
  store: Settings,
  name: keyof typeof KEYS,
  patch: Record<string, Json | undefined>,
): Promise<void> {
  const stored = await store.control.getSetting(KEYS[name]);
  await store.control.setSetting(KEYS[name], { ...(isObject(stored) ? stored : {}), ...patch } as Json);
}

/** What is stored may be of another version, or damaged: only numbers that can be meant replace a default. */
async function readChanged<Values extends { [Name in keyof Values]: number }>(
  { control }: Settings,
  key: string,
  defaults: Values,
): Promise<Values> {
  const stored = await control.getSetting(key);
  const values = { ...defaults };
  if (!isObject(stored)) return values;
  for (const name of Object.keys(defaults) as (keyof Values & string)[]) {
    const value = Object.hasOwn(stored, name) ? stored[name] : undefined;
    if (typeof value === "number" && Number.isFinite(value) && value >= 0) values[name] = value as Values[typeof name];
  }
  return values;
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
