import type { Call } from "./call-server.ts";
import type { DetectEvent } from "./detection.ts";

export interface NewStream {
  slug: string;
  stream_type?: "logs" | "metrics" | "traces" | "llm";
  detection_profile?: string;
}

export interface ProfileChange {
  profile?: string;
  auto_tune_enabled?: boolean;
  adaptive_window_enabled?: boolean;
}

type Answer = Promise<Record<string, unknown>>;

/** Streams by slug or id. */
export interface StreamCalls {
  list(): Answer;
  create(stream: NewStream): Answer;
  get(id: string): Answer;
  profile(id: string): Answer;
  updateProfile(id: string, change: ProfileChange): Answer;
  tuning(id: string): Answer;
  anchor(id: string): Answer;
  anchorDetails(id: string): Answer;
  resetAnchor(id: string, events: readonly DetectEvent[], forceReset?: boolean): Answer;
  deleteAnchor(id: string): Answer;
  /** The profiles there are to choose from. */
  profiles(): Answer;
}

export function createStreamCalls(send: (call: Call) => Promise<unknown>): StreamCalls {
  const run = (method: Call["method"], path: string, body?: unknown): Answer =>
    send({ method, path, ...(body === undefined ? {} : { body }) }) as Answer;
  const at = (id: string, rest = ""): string => `/v1/streams/${encodeURIComponent(id)}${rest}`;
  return {
    list: () => run("GET", "/v1/streams"),
    create: (stream) => run("POST", "/v1/streams", stream),
    get: (id) => run("GET", at(id)),
    profile: (id) => run("GET", at(id, "/profile")),
    updateProfile: (id, change) => run("PATCH", at(id, "/profile"), change),
    tuning: (id) => run("GET", at(id, "/tuning")),
    anchor: (id) => run("GET", at(id, "/anchor")),
    anchorDetails: (id) => run("GET", at(id, "/anchor/details")),
    resetAnchor: (id, events, forceReset = false) =>
      run("POST", at(id, "/reset-anchor"), { events, force_reset: forceReset }),
    deleteAnchor: (id) => run("DELETE", at(id, "/anchor")),
    profiles: () => run("GET", "/v1/profiles"),
  };
}
