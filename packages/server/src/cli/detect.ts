import type { AnomalyFinding } from "@gatewatch/protocol";
import { callServer } from "./call-server.ts";
import { CommandError, type Command, type Values } from "./command.ts";
import { escapeTerminal } from "./escape-terminal.ts";
import { findProject } from "./find-project.ts";
import { readLogin } from "./login-file.ts";
import { openControl } from "./open-control.ts";
import { FORMAT_NAMES, readEvents, type ReadEvent, type ReadResult } from "./scan/read-events.ts";
import { readFile, readStdin } from "./scan/read-text.ts";
import { findDataDir } from "../settings/find-data-dir.ts";

interface DetectAnswer {
  status: "calibrating" | "ready";
  anomalies: { index: number; pValue: number; block: boolean; why: string; findings: AnomalyFinding[] }[];
}

type Detect = (events: readonly ReadEvent[]) => Promise<DetectAnswer>;

const BATCH = 100;
/** The server takes 1 MiB a request. */
const BATCH_BYTES = 512 * 1024;

export const detect: Command = {
  name: "detect",
  usage: "STREAM [FILE]",
  summary: "let a server judge events, and learn from them",
  options: [
    { name: "stdin", help: "read standard input instead of a file" },
    { name: "format", value: FORMAT_NAMES.join("|"), help: "how the events are written (default ndjson)" },
    { name: "project", value: "NAME", help: "project, where nobody is logged in (default: default)" },
  ],
  async run(values, [stream, path, ...more]) {
    if (stream === undefined || more.length > 0 || (path === undefined) === (values.stdin !== true))
      throw new CommandError(
        "Give the name of a stream, and a file or --stdin: gatewatch detect payments events.ndjson",
      );
    const format = typeof values.format === "string" ? values.format : "ndjson";
    if (!FORMAT_NAMES.includes(format))
      throw new CommandError(`--format is ${JSON.stringify(format)}; give one of ${FORMAT_NAMES.join(", ")}.`);
    const source = path === undefined ? readStdin() : await readFile(path, false, new AbortController().signal);
    const result: ReadResult = { unread: 0, hint: null };
    const server = await openServer(values, stream);
    const counts = { events: 0, anomalies: 0 };
    let status: DetectAnswer["status"] = "ready";
    try {
      for await (const batch of inBatches(readEvents(source.chunks, format, 1, result))) {
        const answer = await server.detect(batch);
        status = answer.status;
        counts.events += batch.length;
        counts.anomalies += answer.anomalies.length;
        for (const { index, pValue, block, why, findings } of answer.anomalies) {
          const line = batch[index]?.number;
          const text =
            values.json === true
              ? JSON.stringify({ line, pValue, block, why, findings, event: batch[index]?.event })
              : `! ${String(line).padStart(7)}  p ${pValue.toPrecision(2)}  ${escapeTerminal(why)}`;
          process.stdout.write(`${text}\n`);
        }
      }
    } finally {
      await server.close();
    }
    const left = result.unread > 0 ? ` ${result.unread} lines left out: not ${format}.` : "";
    process.stderr.write(
      `${counts.events} events to ${escapeTerminal(stream)}, which is ${status}; ${counts.anomalies} anomalies.${left}\n`,
    );
    return counts.anomalies > 0 ? 1 : 0;
  },
};

/** The server of `login`, else the one that runs on this machine's data folder. */
async function openServer(values: Values, stream: string): Promise<{ detect: Detect; close(): Promise<void> }> {
  const kept = values.data === undefined ? readLogin() : null;
  const bodyOf = (events: readonly ReadEvent[]): object => ({ stream, events: events.map(({ event }) => event) });
  if (kept !== null) {
    return {
      detect: (events) => callServer<DetectAnswer>(kept, "POST", "/api/detect", bodyOf(events)),
      close: async () => undefined,
    };
  }
  const control = await openControl(findDataDir(values.data));
  if (!control.live) {
    await control.close();
    throw new CommandError("No server runs here, and nobody is logged in. Start one, or run `gatewatch login URL`.");
  }
  const project = await findProject(control, values);
  return {
    detect: (events) => control.call<DetectAnswer>("POST", `/api/detect?project=${project.id}`, bodyOf(events)),
    close: () => control.close(),
  };
}

function measureEvent({ event, number }: ReadEvent): number {
  try {
    return Buffer.byteLength(JSON.stringify(event));
  } catch (error) {
    throw new CommandError(`Event ${number} is too deep to be sent.`, { cause: error });
  }
}

async function* inBatches(events: AsyncIterable<ReadEvent>): AsyncIterable<ReadEvent[]> {
  let batch: ReadEvent[] = [];
  let bytes = 0;
  for await (const read of events) {
    const size = measureEvent(read);
    if (batch.length === BATCH || (batch.length > 0 && bytes + size > BATCH_BYTES)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(read);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
