import type { Store } from "../../model/store.ts";
import type { StoreGroup } from "../store-messages.ts";

/** Methods that change nothing, so that a reader may answer them; every other goes to the writer. */
export const READ_METHODS: { readonly [Group in StoreGroup]: readonly (keyof Store[Group])[] } = {
  control: [
    "listProjects",
    "getProject",
    "findProject",
    "findCredential",
    "listCredentials",
    "countUsers",
    "findUser",
    "getUser",
    "findSession",
    "listSessions",
    "findOneTimeLink",
    "getSetting",
    "listChannels",
    "listAlertRules",
  ],
  issues: [
    "query",
    "queryRows",
    "countByState",
    "get",
    "listHashes",
    "findHash",
    "hashHistory",
    "findHeir",
    "listActivity",
    "trends",
    "listEvents",
    "getEvent",
    "similar",
    "getAnalysis",
    "listAnalyses",
    "listAnalysed",
  ],
  telemetry: ["rollups", "series", "topRoutes", "chunks", "hasEvents", "hasBatch", "countRequests"],
  outbox: ["list", "counts", "nextDueAt"],
  budget: ["spent"],
  maintenance: ["schemaVersion", "size", "backup"],
};
