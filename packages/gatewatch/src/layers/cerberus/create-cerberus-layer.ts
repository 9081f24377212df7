import type { CerberusFacts } from "@gatewatch/protocol/cerberus-event";
import type { Exchange, Outcome } from "../../gate/exchange.ts";
import type { Layer } from "../../gate/layer.ts";
import { compileSkipped, compileWatched } from "../../gate/path-table.ts";
import { createSlot } from "../../gate/slot.ts";
import type { CerberusOptions } from "../../options/groups/cerberus.ts";
import type { UserView } from "../../record/view-user.ts";
import { isJson } from "../is-json.ts";
import { AnswerKeeper } from "./keep-answer.ts";
import { pickBody, pickHeaders, pickQuery } from "./pick-parts.ts";

export interface CerberusPorts {
  /** Takes what happened; cleaning and sending are its part. Never throws. */
  take(facts: CerberusFacts): void;
  /** What may be told of the user. */
  viewUser: UserView;
  /** What may leave at all. */
  capture: { headers: boolean; query: boolean; body: boolean; user: boolean };
  /** In [0, 1). @default Math.random */
  random?: () => number;
}

/** What is kept of an answer's body. */
interface Kept {
  keeper?: AnswerKeeper;
  encoding?: string;
}

const NOT_WANTED: Kept = {};

/** Hands finished exchanges to the Cerberus stream. */
export function createCerberusLayer(options: CerberusOptions, ports: CerberusPorts): Layer {
  const { sampleRate } = options;
  const { take, viewUser, capture, random = Math.random } = ports;
  const isCaptured = compileWatched(options.capture);
  const isSkipped = compileSkipped(options.skip);
  const headers = capture.headers ? options.headers : [];
  const query = capture.query ? options.query : [];
  const body = capture.body ? options.body : [];
  const slot = createSlot<Kept>("cerberus");
  const counts = { streamed: 0, passedOver: 0 };

  /** Decided once; undefined: not wanted. */
  function decide(x: Exchange): Kept | undefined {
    let kept = slot.get(x);
    if (kept === undefined) {
      const isWanted =
        isCaptured?.(x.method, x.path) !== false &&
        isSkipped?.(x.method, x.path) !== true &&
        (sampleRate >= 1 || random() < sampleRate);
      slot.set(x, (kept = isWanted ? {} : NOT_WANTED));
    }
    return kept === NOT_WANTED ? undefined : kept;
  }

  function describe(x: Exchange, outcome: Outcome, kept: Kept): CerberusFacts {
    const facts: CerberusFacts = {
      endpoint: x.path,
      method: x.method,
      scheme: x.scheme === "https",
      time: x.startedAt,
      address: x.clientAddress,
      userAgent: x.headers.get("user-agent"),
      status: outcome.status,
      latencyMs: outcome.durationMs,
      headers: pickHeaders(x, headers),
      query: pickQuery(x, query),
      body: pickBody(x, outcome.requestBytes, body),
      responseBody: kept.encoding === undefined ? kept.keeper?.read() : { body_skipped_encoding: kept.encoding },
    };
    if (hasFields(x.attributes) || hasFields(x.metrics)) facts.customData = { ...x.attributes, ...x.metrics };
    const id = capture.user ? viewUser(x.user())?.id : undefined;
    if (id != null) facts.userId = String(id);
    return facts;
  }

  const layer: Layer = {
    name: "cerberus",
    onFinish(x, outcome) {
      const kept = decide(x);
      if (kept === undefined) return void counts.passedOver++;
      counts.streamed++;
      take(describe(x, outcome, kept));
    },
    stats: () => ({ ...counts }),
  };
  if (options.responseBody && capture.body) {
    layer.onHead = (x, head, plan) => {
      const type = head.get("content-type");
      if (type === undefined || !isJson(type)) return;
      const kept = decide(x);
      if (kept === undefined) return;
      const encoding = head.get("content-encoding");
      if (encoding !== undefined && encoding !== "" && encoding !== "identity") {
        kept.encoding = encoding.slice(0, 64);
        return;
      }
      plan.whenBody(() => plan.observe((kept.keeper = new AnswerKeeper())));
    };
  }
  return layer;
}

function hasFields(value: object): boolean {
  for (const _name in value) return true;
  return false;
}
