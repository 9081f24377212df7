import type { Migration } from "./migration.ts";
import { controlPlane } from "./0001-control-plane.ts";
import { issues } from "./0002-issues.ts";
import { telemetry } from "./0003-telemetry.ts";
import { coarserRollups } from "./0004-coarser-rollups.ts";
import { spreads } from "./0005-spreads.ts";
import { anomalies } from "./0006-anomalies.ts";
import { clients } from "./0007-clients.ts";
import { feedback } from "./0008-feedback.ts";

/** Every step of the schema, in order; forward only. */
export const MIGRATIONS: readonly Migration[] = [
  controlPlane,
  issues,
  telemetry,
  coarserRollups,
  spreads,
  anomalies,
  clients,
  feedback,
];
