import type { Clock } from "../model/clock.ts";
import { createDecoders, type IntakeDecoders } from "./decoders.ts";

/** After so long a project's keys are asked for again. */
const KNOWN_FOR_MS = 3_000;
const MAX_PROJECTS = 10_000;
/** Each set of keys has caches of its own, of some megabytes. */
const MAX_KEY_SETS = 32;

export interface ProjectDecodersOptions {
  /** The project's further names of secrets. */
  readKeys(projectId: number): Promise<readonly string[]>;
  /** The keys could not be asked for, and those known from before are used. */
  onStale(error: unknown): void;
  now: Clock;
}

/** The decoders of a project; a promise only when its keys have to be asked for. Rejects when they never were known and cannot be. */
export type DecodersOfProject = (projectId: number) => IntakeDecoders | Promise<IntakeDecoders>;

/** Decoders with each project's own redaction keys. Projects without keys share one set, projects with the same keys too. */
export function createProjectDecoders({ readKeys, onStale, now }: ProjectDecodersOptions): DecodersOfProject {
  const builtIn = createDecoders();
  const byKeys = new Map<string, IntakeDecoders>();
  const known = new Map<number, { decoders: IntakeDecoders; until: number }>();
  const asked = new Map<number, Promise<IntakeDecoders>>();

  function decodersFor(keys: readonly string[]): IntakeDecoders {
    if (keys.length === 0) return builtIn;
    const name = JSON.stringify([...new Set(keys)].toSorted());
    const decoders = byKeys.get(name) ?? createDecoders({ keys });
    rememberNewest(byKeys, name, decoders, MAX_KEY_SETS);
    return decoders;
  }

  async function ask(projectId: number): Promise<IntakeDecoders> {
    let decoders: IntakeDecoders;
    try {
      decoders = decodersFor(await readKeys(projectId));
    } catch (error) {
      const stale = known.get(projectId);
      if (stale === undefined) throw error;
      onStale(error);
      decoders = stale.decoders;
    }
    rememberNewest(known, projectId, { decoders, until: now() + KNOWN_FOR_MS }, MAX_PROJECTS);
    return decoders;
  }

  return (projectId) => {
    const hit = known.get(projectId);
    if (hit !== undefined && hit.until > now()) return hit.decoders;
    let asking = asked.get(projectId);
    if (asking === undefined) {
      asking = ask(projectId).finally(() => asked.delete(projectId));
      asked.set(projectId, asking);
    }
    return asking;
  };
}

function rememberNewest<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, max: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > max) map.delete(map.keys().next().value as Key);
}
