import { describeFailure, describeMore, describeThreshold } from "./describe-failure.ts";
import { escapeSlack } from "./escape-slack.ts";
import type { FailureFacts, MessageSettings, ThresholdFacts } from "./failure-facts.ts";
import { formatTime } from "./format-time.ts";
import { listFields, type MessageField } from "./list-fields.ts";

/** The body of one POST to an incoming webhook. */
export interface SlackNote {
  text: string;
  attachments: { color: string; fallback: string; fields: MessageField[] }[];
}

const RED = "#ff0000";
const MAX_FIELD = 500;

/** A failed request for Slack: the sentence, and its facts in a red attachment. No text of a stranger can mention or link. */
export function renderSlackFailure(facts: FailureFacts, settings: MessageSettings = {}): SlackNote {
  const text = `⚠️ ${describeFailure(facts, escapeSlack(facts.path, MAX_FIELD))}${describeMore(facts.more)}`;
  return frame(text, listFields(facts, settings));
}

/** Many errors of one kind, for Slack. */
export function renderSlackThreshold(facts: ThresholdFacts, { timeZone }: MessageSettings = {}): SlackNote {
  const text = `🚨 ${describeThreshold(facts, escapeSlack(facts.key, MAX_FIELD))}`;
  return frame(text, [
    ...(facts.service ? [{ title: "Service", value: facts.service, short: true }] : []),
    { title: "Threshold", value: String(facts.threshold), short: true },
    { title: "Timestamp", value: formatTime(facts.at, timeZone), short: false },
  ]);
}

function frame(text: string, fields: readonly MessageField[]): SlackNote {
  return {
    text,
    attachments: [
      {
        color: RED,
        fallback: text,
        fields: fields.map((field) => ({ ...field, value: escapeSlack(field.value, MAX_FIELD) })),
      },
    ],
  };
}
