import type { ClientDigestTx, ClientStore } from "../../../model/client-records.ts";
import type { Database, SqlDialect, WriteTransaction } from "../dialect.ts";
import * as artifacts from "./artifacts.ts";
import * as feedback from "./feedback.ts";
import * as monitors from "./monitors.ts";
import * as health from "./release-health.ts";

/** What clients tell beside events: the same queries on both engines. */
export function createClientStore(db: Database, dialect: SqlDialect): ClientStore {
  return {
    listMonitors: (projectId) => monitors.listMonitors(db, projectId),
    listOverdueMonitors: (now, limit) => monitors.listOverdueMonitors(db, now, limit),
    noteOverdue: (before, after) => monitors.noteOverdue(db, before, after),
    deleteMonitor: (projectId, slug) => monitors.deleteMonitor(db, projectId, slug),
    sumReleaseHealth: (projectId, from, to) => health.sumReleaseHealth(db, projectId, from, to),
    listReleaseUsers: (projectId, from, to) => health.listReleaseUsers(db, projectId, from, to),
    listFeedback: (projectId, question) => feedback.listFeedback(db, projectId, question),
    putUploadChunk: (...chunk) => artifacts.putUploadChunk(db, ...chunk),
    findUploadChunks: (projectId, digests) => artifacts.findUploadChunks(db, dialect, projectId, digests),
    getUploadChunk: (projectId, digest) => artifacts.getUploadChunk(db, projectId, digest),
    dropUploadChunks: (projectId, digests) => artifacts.dropUploadChunks(db, dialect, projectId, digests),
    measureUploadChunks: (projectId) => artifacts.measureUploadChunks(db, projectId),
    putArtifact: (order) => artifacts.putArtifact(db, order),
    dropOldestArtifacts: (...bounds) => artifacts.dropOldestArtifacts(db, dialect, ...bounds),
    listArtifacts: (...query) => artifacts.listArtifacts(db, ...query),
    deleteArtifacts: (projectId, release) => artifacts.deleteArtifacts(db, projectId, release),
  };
}

/** Its part of a unit of digest. */
export function createClientDigestTx(tx: WriteTransaction, dialect: SqlDialect): ClientDigestTx {
  return {
    getMonitors: (projectId, slugs) => monitors.getMonitors(tx, dialect, projectId, slugs),
    countMonitors: (projectId) => monitors.countMonitors(tx, projectId),
    putMonitors: (rows) => monitors.putMonitors(tx, dialect, rows),
    getClientSessions: (projectId, sessions) => health.getClientSessions(tx, dialect, projectId, sessions),
    putClientSessions: (rows) => health.putClientSessions(tx, dialect, rows),
    addReleaseHealth: (cells) => health.addReleaseHealth(tx, dialect, cells),
    getReleaseUsers: (projectId, days) => health.getReleaseUsers(tx, dialect, projectId, days),
    putReleaseUsers: (rows) => health.putReleaseUsers(tx, dialect, rows),
    addFeedback: (rows) => feedback.addFeedback(tx, dialect, rows),
    findArtifacts: (projectId, debugIds) => artifacts.findArtifacts(tx, dialect, projectId, debugIds),
    findReleaseArtifacts: (projectId, releases) => artifacts.findReleaseArtifacts(tx, dialect, projectId, releases),
    readArtifact: (id) => artifacts.readArtifact(tx, id),
  };
}
