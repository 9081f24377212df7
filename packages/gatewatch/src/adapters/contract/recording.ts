import type { GatewatchEvent } from "@gatewatch/protocol";
import { createGatewatch, type Gatewatch, type GatewatchOptions } from "../../create-gatewatch.ts";

/** A whole Gatewatch whose log and events stay here. */
export interface Recording {
  gatewatch: Gatewatch;
  /** The messages of the log's lines. */
  lines: string[];
  /** The fields of the same lines. */
  fields: object[];
  events: GatewatchEvent[];
  /** Resolves when so many requests have been recorded. */
  waitForRequests(count: number): Promise<void>;
}

export function createRecording(options: GatewatchOptions = {}): Recording {
  const lines: string[] = [];
  const fields: object[] = [];
  const events: GatewatchEvent[] = [];
  let wake: () => void = () => undefined;
  const write = (text: string, more: object): void => {
    lines.push(text);
    fields.push(more);
  };
  const gatewatch = createGatewatch(
    {
      environment: "production",
      logger: { info: write, warn: write, error: write },
      sinks: [
        (event) => {
          events.push(event);
          wake();
        },
      ],
      ...options,
    },
    { env: {}, dotenv: undefined, file: {} },
  );
  const requests = (): number => events.filter(({ type }) => type === "request").length;
  return {
    gatewatch,
    lines,
    fields,
    events,
    async waitForRequests(count) {
      while (requests() < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
