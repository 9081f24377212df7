import type { ApiRoute } from "./route.ts";
import * as alerts from "./routes/alert-routes.ts";
import * as analysis from "./routes/analysis-routes.ts";
import * as anomalies from "./routes/anomaly-routes.ts";
import { getAttachment } from "./routes/attachment-routes.ts";
import * as artifacts from "./routes/artifact-routes.ts";
import * as channels from "./routes/channel-routes.ts";
import * as detection from "./routes/detect-routes.ts";
import * as feedback from "./routes/feedback-routes.ts";
import { getHealth } from "./routes/health-routes.ts";
import * as issues from "./routes/issue-routes.ts";
import { watchLive } from "./routes/live-route.ts";
import * as monitors from "./routes/monitor-routes.ts";
import { getOpenapi } from "./routes/openapi-route.ts";
import * as projects from "./routes/project-routes.ts";
import { listReleases } from "./routes/release-routes.ts";
import * as sessions from "./routes/session-routes.ts";
import * as settings from "./routes/settings-routes.ts";
import * as streams from "./routes/stream-routes.ts";
import * as telemetry from "./routes/telemetry-routes.ts";
import * as tokens from "./routes/token-routes.ts";
import { whoami } from "./routes/whoami-route.ts";

/** Every resource of the REST API. */
export const API_ROUTES: readonly ApiRoute[] = [
  telemetry.getOverview,
  telemetry.getSeries,
  telemetry.listRoutes,

  issues.listIssues,
  issues.getIssue,
  issues.changeIssue,
  issues.mergeIntoIssue,
  issues.splitFromIssue,
  issues.listIssueEvents,
  issues.getEvent,
  getAttachment,
  feedback.listFeedback,
  feedback.listIssueFeedback,
  analysis.getAnalysis,
  analysis.requestAnalysis,

  anomalies.getProtection,
  anomalies.listAnomalies,
  anomalies.getAnomaly,
  anomalies.giveFeedback,
  streams.listStreams,
  streams.getStream,
  streams.changeStream,
  streams.deleteStream,
  streams.listTuning,
  detection.detectEvents,
  detection.getStreamState,
  detection.mergeStreamState,

  monitors.listMonitors,
  monitors.getMonitor,
  monitors.deleteMonitor,
  listReleases,

  artifacts.listArtifacts,
  artifacts.deleteArtifacts,

  watchLive,

  projects.listProjects,
  projects.createProject,
  tokens.listTokens,
  tokens.createToken,
  tokens.revealToken,
  tokens.revokeToken,
  settings.getSettings,
  settings.changeSettings,

  channels.listChannelKinds,
  channels.listChannels,
  channels.createChannel,
  channels.changeChannel,
  channels.deleteChannel,
  channels.testChannel,
  alerts.listAlertRules,
  alerts.createAlertRule,
  alerts.changeAlertRule,
  alerts.deleteAlertRule,
  alerts.listDeliveries,
  alerts.reviveDelivery,

  getHealth,
  whoami,
  sessions.getSession,
  sessions.createSessionRoute,
  sessions.deleteSession,
  sessions.listSessions,
  sessions.revokeSession,
  sessions.changePassword,
  getOpenapi,
];

/** First segments under `/api` that are kept for the clients of other languages; so are all that begin with `query` or are digits. */
export const RESERVED_SEGMENTS: readonly string[] = ["0", "v1", "embed", "secret-key", "labels"];
