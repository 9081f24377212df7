import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import type { Clock } from "../model/clock.ts";
import { readRedactKeys } from "../model/redact-keys.ts";
import { createRedactorsByKeys } from "../model/redactors-by-keys.ts";
import type { Store } from "../model/store.ts";

const KNOWN_FOR_MS = 3_000;
const MAX_PROJECTS = 1_000;

export interface ProjectRedactors {
  /** With the project's own names of secrets. */
  redactorOf(projectId: number): Promise<Redactor>;
  /** The project's names have changed. */
  forget(projectId: number): void;
}

/** Redactors by project; projects with the same names of secrets share one. */
export function createProjectRedactors(store: Pick<Store, "control">, clock: Clock): ProjectRedactors {
  const redactorFor = createRedactorsByKeys();
  const known = new Map<number, { redactor: Redactor; until: number }>();

  return {
    async redactorOf(projectId) {
      const hit = known.get(projectId);
      if (hit !== undefined && hit.until > clock()) return hit.redactor;
      const redactor = redactorFor(readRedactKeys(await store.control.getProject(projectId)));
      remember(known, projectId, { redactor, until: clock() + KNOWN_FOR_MS }, MAX_PROJECTS);
      return redactor;
    },
    forget: (projectId) => void known.delete(projectId),
  };
}

function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, max: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > max) map.delete(map.keys().next().value as Key);
}
