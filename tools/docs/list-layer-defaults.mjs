// What docs/layers/README.md says of the layers, asked of the code: their order, and which are on with no options at all.
import { SYSTEM_CLOCK } from "../../packages/gatewatch/src/gate/clock.ts";
import { listLayers } from "../../packages/gatewatch/src/layers/list.ts";
import { openMetrics } from "../../packages/gatewatch/src/open-metrics.ts";
import { DEFAULTS } from "../../packages/gatewatch/src/options/defaults.ts";

/** Why each layer is on or off, and what to set where that is not `<group>.enabled`. */
const REASONS = {
  metrics: { why: "numbers stay in the process until `metrics.path` or `metricsHandler()` serves them" },
  "request-id": { why: "a header that nothing breaks on, and that support asks for" },
  "access-log": { why: "an app without a log is blind" },
  timing: { why: "it warns and measures; its headers are off, since they tell strangers how long work takes" },
  "error-boundary": { why: "it names failures and counts them; it answers only where nobody else does" },
  "security-headers": { why: "with those headers that break no page; presets and options add the others" },
  cors: {
    why: "only the app knows whose pages may read its answers",
    on: '`cors: { origins: ["https://app.example.com"] }`',
  },
  "rate-limit": {
    why: "only the app knows how much is too much",
    on: "`rateLimit: true` (100 a minute), or `{ enabled: true, … }`",
  },
  cache: { why: "an answer kept by mistake is shown to others", on: "`cache: true`, or `{ enabled: true, … }`" },
  compression: { why: "answers that are worth it get shorter; everything else is left alone" },
  "custom-metrics": { why: "it looks only at JSON that has one of the names" },
  anomaly: { why: "what is usual has to be learned first, and nobody is turned away unasked", on: "`anomaly: true`" },
  cerberus: {
    why: "only who has a Cerberus backend has a use for it",
    on: "`cerberus: { wsUrl, token }`",
  },
  record: { why: "events are what the server, the channels and `sinks` live on" },
};

const toGroup = (name) => name.replaceAll(/-([a-z])/g, (_, letter) => letter.toUpperCase());

function namesOf(values) {
  const ports = {
    recorder: {},
    log: { writeNotice() {} },
    clock: SYSTEM_CLOCK,
    measures: openMetrics(values, () => {}).serving,
    detection: { openStreams: () => ({ of: () => undefined }) },
    stream: {},
  };
  const layers = listLayers(values, ports);
  const names = layers.map(({ name }) => name);
  for (const layer of layers) layer.close?.();
  return names;
}

function withAllOn() {
  const values = structuredClone(DEFAULTS);
  for (const group of Object.values(values)) {
    if (typeof group === "object" && group !== null && "enabled" in group) group.enabled = true;
  }
  values.cors.origins = ["https://app.example.com"];
  return values;
}

/** Every layer, the outermost first. @throws Error for a layer that nobody has explained. */
export function listLayerDefaults() {
  const isOn = new Set(namesOf(structuredClone(DEFAULTS)));
  return namesOf(withAllOn()).map((name) => {
    const reason = REASONS[name];
    if (reason === undefined)
      throw new Error(`tools/docs/list-layer-defaults.mjs does not say why "${name}" is on or off`);
    const group = toGroup(name);
    const change = isOn.has(name) ? `\`${group}: false\`` : (reason.on ?? `\`${group}: true\``);
    return { name, isOn: isOn.has(name), change, why: reason.why, page: reason.page ?? `${name}.md` };
  });
}
