import type { Attributes, CustomEvent, LogEvent, LogLevel, MetricEvent } from "@gatewatch/protocol";

type Told = "time" | "requestId" | "traceId" | "spanId";

/** What an app says by itself: a line of a log, a number, something that happened in its business. */
export type Fact = Omit<LogEvent, Told> | Omit<MetricEvent, Told> | Omit<CustomEvent, Told>;

export interface MetricOptions {
  /** @default "gauge" */
  kind?: MetricEvent["kind"];
  /** For example `ms` or `By` (UCUM). */
  unit?: string;
  attributes?: Attributes;
}

/** The three ways to say something; each becomes one event. */
export interface FactTeller {
  log(level: LogLevel, message: string, attributes?: Attributes): void;
  /** A value that is no finite number is dropped and counted. */
  metric(name: string, value: number, options?: MetricOptions): void;
  /** Something that happened in the app's business, such as an order. */
  event(name: string, attributes?: Attributes): void;
}

export function createFactTeller(record: (fact: Fact) => void): FactTeller {
  return {
    log: (level, message, attributes) => record({ type: "log", level, message, ...some({ attributes }) }),
    metric: (name, value, { kind = "gauge", unit, attributes } = {}) =>
      record({ type: "metric", name, kind, value, ...some({ unit, attributes }) }),
    event: (name, attributes) => record({ type: "custom", name, ...some({ attributes }) }),
  };
}

/** Without the absent. */
function some<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
