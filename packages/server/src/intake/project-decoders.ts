import type { Clock } from "../model/clock.ts";
import { createDecoders, type IntakeDecoders } from "./languages.ts";

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

export interface ProjectDecoders {
  decodersOf: DecodersOfProject;
  /** This process has changed the project's keys: they hold for whatever comes from now on. Other processes learn of it in time. */
  forget(projectId: number): void;
}

/** Decoders with each project's own redaction keys. Projects without keys share one set, projects with the same keys too. */
export function createProjectDecoders({ readKeys, onStale, now }: ProjectDecodersOptions): ProjectDecoders {
  const builtIn = createDecoders();
  const byKeys = new Map<string, IntakeDecoders>();
  const known = new Map<number, { decoders: IntakeDecoders; until: number }>();
  const asked = new Map<number, Promise<IntakeDecoders>>();
  let generation = 0;

  function decodersFor(keys: readonly string[]): IntakeDecoders {
    if (keys.length === 0) return builtIn;
    const name = JSON.stringify([...new Set(keys)].toSorted());
    const decoders = byKeys.get(name) ?? createDecoders({ keys });
    rememberNewest(byKeys, name, decoders, MAX_KEY_SETS);
    return decoders;
  }

  async function ask(projectId: number): Promise<IntakeDecoders> {
    const before = generation;
    let decoders: IntakeDecoders;
    try {
      decoders = decodersFor(await readKeys(projectId));
    } catch (error) {
      const stale = known.get(projectId);
      if (stale === undefined) throw error;
      onStale(error);
      decoders = stale.decoders;
    }
    // Keys that were read before a change must not outlive it.
    if (before === generation)
      rememberNewest(known, projectId, { decoders, until: now() + KNOWN_FOR_MS }, MAX_PROJECTS);
    return decoders;
  }

  return {
    decodersOf(projectId) {
      const hit = known.get(projectId);
      if (hit !== undefined && hit.until > now()) return hit.decoders;
      const waiting = asked.get(projectId);
      if (waiting !== undefined) return waiting;
      const asking = ask(projectId).finally(() => {
        if (asked.get(projectId) === asking) asked.delete(projectId);
      });
      asked.set(projectId, asking);
      return asking;
    },
    forget(projectId) {
      generation++;
      known.delete(projectId);
      asked.delete(projectId);
    },
  };
}

function rememberNewest<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, max: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > max) map.delete(map.keys().next().value as Key);
}
