import type { Json } from "@gatewatch/protocol";
import type { CerberusEvent, CerberusFacts, PiiRule } from "@gatewatch/protocol/cerberus-event";
import { pseudonymiseAddress, pseudonymiseText } from "@gatewatch/protocol/redact/pseudonymise";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import { applyPiiRules } from "./apply-pii-rules.ts";

export interface BuildSettings {
  token: string;
  clientId: string;
  redactor: Redactor;
  rules: readonly PiiRule[];
}

const MAX_PATH = 2_048;
const MAX_USER_AGENT = 512;

/** The frame of an event, cleaned. Without a key there is no address: a digest without one could be turned back by trying every address. */
export function buildCerberusEvent(
  facts: CerberusFacts,
  { token, clientId, redactor, rules }: BuildSettings,
  key: string | undefined,
): CerberusEvent {
  const clean = <T>(value: T): T => applyPiiRules(redactor.redactValue(value), rules, key);
  const { userAgent, userId, customData, headers, query, body, responseBody } = facts;
  const event: CerberusEvent = {
    api_key: token,
    client_id: clientId,
    token,
    source_ip: key === undefined || facts.address === undefined ? null : pseudonymiseAddress(facts.address, key),
    endpoint: clean(redactor.redactUrl(facts.endpoint.slice(0, MAX_PATH))),
    scheme: facts.scheme,
    method: facts.method,
    timestamp: new Date(facts.time).toISOString(),
    custom_data: customData === undefined ? null : clean(customData),
    user_agent: userAgent === undefined ? null : clean(redactor.redactText(userAgent.slice(0, MAX_USER_AGENT))),
    user_id: userId === undefined ? null : clean(redactor.redactText(userId)),
  };
  if (facts.status !== undefined) event.status_code = facts.status;
  if (facts.latencyMs !== undefined) event.latency_ms = Math.round(facts.latencyMs * 1000) / 1000;
  if (headers !== undefined) event.headers = applyPiiRules(cleanHeaders(headers, redactor, key), rules, key);
  if (query !== undefined) event.query_params = applyPiiRules(redactor.redactQuery(query), rules, key);
  if (body !== undefined) event.body = cleanBody(body, redactor, clean);
  if (responseBody !== undefined) event.response_body = cleanBody(responseBody, redactor, clean);
  return event;
}

/** Credentials that identify a caller stay comparable: the same one has the same digest. */
function cleanHeaders(
  headers: Record<string, string | string[]>,
  redactor: Redactor,
  key: string | undefined,
): Record<string, string | string[]> {
  const cleaned = redactor.redactHeaders(headers);
  const { authorization } = headers;
  if (typeof authorization === "string" && key !== undefined) {
    cleaned["authorization"] = pseudonymiseText(authorization, key);
  }
  return cleaned;
}

function cleanBody(body: Json, redactor: Redactor, clean: <T>(value: T) => T): Json {
  return clean(typeof body === "string" ? redactor.redactText(body) : body);
}
