import { exportAnomalies, exportAnomaly, getAnomaly, giveFeedback, listAnomalies } from "./anomaly-calls.ts";
import { deleteAnchor, getAnchor, getAnchorDetails, resetAnchor } from "./anchor-calls.ts";
import { detectEvents, takeEvents } from "./detect-events.ts";
import type { DriftlockRoute } from "./driftlock-route.ts";
import { changeProfile, createStream, getProfile, getStream, getTuning, listStreams } from "./stream-calls.ts";

/** Without a key, where the server listens on its own machine alone. */
export const DEMO_PATH = "/v1/demo/detect";
/** Without a key. */
export const PROFILES_PATH = "/v1/profiles";

/** What a key is needed for; all of it stands behind `/api` too. */
export const DRIFTLOCK_ROUTES: readonly DriftlockRoute[] = [
  { method: "POST", path: "/v1/detect", action: "ingest", name: "detect", handler: detectEvents },

  { method: "GET", path: "/v1/anomalies", action: "read", name: "listAnomalies", handler: listAnomalies },
  { method: "POST", path: "/v1/anomalies/export", action: "read", name: "exportAnomalies", handler: exportAnomalies },
  { method: "GET", path: "/v1/anomalies/:id", action: "read", name: "getAnomaly", handler: getAnomaly },
  { method: "POST", path: "/v1/anomalies/:id/feedback", action: "triage", name: "giveFeedback", handler: giveFeedback },
  { method: "POST", path: "/v1/anomalies/:id/export", action: "read", name: "exportAnomaly", handler: exportAnomaly },

  { method: "GET", path: "/v1/streams", action: "read", name: "listStreams", handler: listStreams },
  { method: "POST", path: "/v1/streams", action: "manage", name: "createStream", handler: createStream },
  { method: "GET", path: "/v1/streams/:id", action: "read", name: "getStream", handler: getStream },
  { method: "POST", path: "/v1/streams/:id/events", action: "ingest", name: "takeEvents", handler: takeEvents },
  { method: "GET", path: "/v1/streams/:id/profile", action: "read", name: "getProfile", handler: getProfile },
  { method: "PATCH", path: "/v1/streams/:id/profile", action: "manage", name: "changeProfile", handler: changeProfile },
  { method: "GET", path: "/v1/streams/:id/tuning", action: "read", name: "getTuning", handler: getTuning },
  { method: "GET", path: "/v1/streams/:id/anchor", action: "read", name: "getAnchor", handler: getAnchor },
  { method: "DELETE", path: "/v1/streams/:id/anchor", action: "manage", name: "deleteAnchor", handler: deleteAnchor },
  {
    method: "GET",
    path: "/v1/streams/:id/anchor/details",
    action: "read",
    name: "getAnchorDetails",
    handler: getAnchorDetails,
  },
  { method: "POST", path: "/v1/streams/:id/reset-anchor", action: "manage", name: "resetAnchor", handler: resetAnchor },
];
