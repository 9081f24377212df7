import type { MessageSettings } from "@gatewatch/protocol/messages/failure-facts";
import { renderSlackFailure, renderSlackThreshold } from "@gatewatch/protocol/messages/render-slack-failure";
import { type ChannelPolicy, createLocalChannel } from "./channels/create-local-channel.ts";
import type { LocalChannel, LocalNote, NoteResult } from "./channels/local-channel.ts";
import { systemClock } from "./clock.ts";
import { createOwnAgent } from "./own-agent.ts";
import { tryParseRetryAfter } from "./parse-retry-after.ts";
import { post } from "./post.ts";

export interface SlackSinkOptions extends ChannelPolicy, MessageSettings {
  /** Incoming webhook. */
  webhookUrl: string;
}

/** Slack takes about one message a second. */
const PACE_MS = 1_000;

/** Tells a Slack channel of failed requests, without a Gatewatch server; a scanner's hundred 404s make one message. */
export function createSlackSink(options: SlackSinkOptions): LocalChannel {
  const { clock = systemClock } = options;
  const url = new URL(options.webhookUrl);
  const agent = createOwnAgent(url.protocol, 1);

  async function send(note: LocalNote, timeoutMs: number): Promise<NoteResult> {
    const message =
      note.kind === "failure" ? renderSlackFailure(note.facts, options) : renderSlackThreshold(note.facts, options);
    const body = Buffer.from(JSON.stringify(message), "utf8");
    const headers = { "content-type": "application/json" };
    const {
      status,
      text,
      headers: answered,
    } = await post({
      url,
      headers,
      body,
      agent,
      clock,
      timeoutMs,
      maxAnswerBytes: 1_024,
    });
    if (status === 200) return { ok: true };
    return {
      ok: false,
      message: `HTTP ${status} ${text.slice(0, 200)}`.trim(),
      retry: status >= 500 || status === 429,
      retryAfterMs: tryParseRetryAfter(answered["retry-after"], clock.now()),
    };
  }

  return createLocalChannel(
    {
      name: "slack",
      // The webhook's path is its secret.
      description: `The Slack webhook at ${url.origin}`,
      paceMs: PACE_MS,
      send,
      close: () => agent.destroy(),
    },
    options,
  );
}
