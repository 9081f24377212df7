import type { GatewatchEvent } from "@gatewatch/protocol";
import { createGatewatch, type Gatewatch } from "../../create-gatewatch.ts";

/** A whole Gatewatch whose log and events stay here. */
export interface Recording {
  gatewatch: Gatewatch;
  /** The messages of the log's lines. */
  lines: string[];
  events: GatewatchEvent[];
  /** Resolves when so many requests have been recorded. */
  waitForRequests(count: number): Promise<void>;
}

export function createRecording(): Recording {
  const lines: string[] = [];
  const events: GatewatchEvent[] = [];
  let wake: () => void = () => undefined;
  const write = (text: string): void => void lines.push(text);
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
    },
    { env: {}, dotenv: undefined },
  );
  const requests = (): number => events.filter(({ type }) => type === "request").length;
  return {
    gatewatch,
    lines,
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
