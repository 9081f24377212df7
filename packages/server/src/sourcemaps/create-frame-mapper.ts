import type { ErrorEvent, StackFrame } from "@gatewatch/protocol";
import { redactEvent } from "@gatewatch/protocol/redact/redact-event";
import type { Redactor } from "@gatewatch/protocol/redact/redactor";
import type { ArtifactRecord } from "../model/client-records.ts";
import { readRedactKeys } from "../model/redact-keys.ts";
import { createRedactorsByKeys } from "../model/redactors-by-keys.ts";
import type { DigestTx } from "../model/store.ts";
import { UPLOAD_LIMITS } from "../model/uploads.ts";
import { ArtifactIndex, type BuildLabel } from "./artifact-index.ts";
import { parseDebugId } from "./debug-id.ts";
import { type Located, mapEvent } from "./map-event.ts";
import { MapShelf, type ShelvedMap } from "./map-shelf.ts";
import { MapTooLargeError, parseSourceMap, type SourcePosition } from "./parse-source-map.ts";

/** An error and the release that it came from. */
export interface MappableError {
  event: ErrorEvent;
  release: string | null;
}

type MapTx = Pick<DigestTx, "findArtifacts" | "findReleaseArtifacts" | "readArtifact" | "projects">;

/** The errors of a unit in their order, with the frames of generated scripts where their sources have them. */
export type FrameMapper = (tx: MapTx, projectId: number, errors: readonly MappableError[]) => Promise<ErrorEvent[]>;

export interface MapperLimits {
  /** Maps that stay in memory. */
  maps: number;
  /** Bytes of memory, estimated: of one map, of those that stay, and of those that one unit needs. */
  parsedBytes: number;
  shelfBytes: number;
  unitBytes: number;
  /** Maps that one unit reads anew. */
  mapsPerUnit: number;
}

const MIB = 1024 * 1024;
export const MAPPER_LIMITS: MapperLimits = {
  maps: 64,
  parsedBytes: 192 * MIB,
  shelfBytes: 192 * MIB,
  unitBytes: 384 * MIB,
  mapsPerUnit: 100,
};
/** Debug ids and releases that one unit asks for. */
const MAX_ASKED = 500;

const SCRIPT = /\.[cm]?jsx?(?:[?#]|$)/;
const NOT_BUILT = /(?:^|\/)node_modules\/|^node:/;
/** Where browsers and apps of web views have their scripts from. */
const SCRIPT_ADDRESS = /^(?:https?|app|capacitor|ionic):\/\//;

/**
 * Maps frames by debug id, else by release, distribution and path. What a project's errors have in common is looked up once a unit:
 * without frames of scripts nothing is asked, and without uploaded files one question at most is asked for each way.
 */
export function createFrameMapper(limits: MapperLimits = MAPPER_LIMITS): FrameMapper {
  const shelf = new MapShelf(limits.maps, limits.shelfBytes);
  const redactorFor = createRedactorsByKeys();

  return async (tx, projectId, errors) => {
    const asked = collectAsked(errors);
    if (asked === null) return errors.map(({ event }) => event);
    const { index, mappedReleases } = await loadIndex(tx, projectId, asked);
    if (index.isEmpty && !asked.builds) return errors.map(({ event }) => event);
    const located = locateAll(errors, index, mappedReleases);
    const maps = await loadMaps(tx, located.maps);
    const redactor = maps.size === 0 ? null : await findRedactor(tx, projectId);
    const positions = new Map<string, SourcePosition | null>();
    return errors.map(({ event, release }) => {
      const build = buildOf(event, release);
      return mapEvent(event, (frame) => {
        const found = located.find(frame, build);
        if (found === null || typeof found === "string") return found;
        return locate(frame, found.id, maps.get(found.id)!, redactor!, positions);
      });
    });
  };

  async function findRedactor(tx: MapTx, projectId: number): Promise<Redactor> {
    const project = (await tx.projects()).find(({ id }) => id === projectId);
    return redactorFor(readRedactKeys(project ?? null));
  }

  /** Those that are not in memory are read, as many as one unit may. */
  async function loadMaps(tx: MapTx, needed: ReadonlyMap<number, ArtifactRecord>): Promise<Map<number, ShelvedMap>> {
    const maps = new Map<number, ShelvedMap>();
    let bytes = 0;
    let read = 0;
    for (const [id, artifact] of needed) {
      let map = shelf.get(id);
      if (map === undefined && (read >= limits.mapsPerUnit || bytes > limits.unitBytes)) {
        maps.set(id, "over_limit");
        continue;
      }
      if (map === undefined) {
        read++;
        map = await readMap(tx, artifact);
        shelf.put(id, map);
      }
      if (typeof map !== "string") bytes += map.cost;
      maps.set(id, map);
    }
    return maps;
  }

  async function readMap(tx: MapTx, { id, path }: ArtifactRecord): Promise<ShelvedMap> {
    const packed = await tx.readArtifact(id);
    if (packed === null) return "no_map";
    try {
      return parseSourceMap(packed, path, { mapBytes: UPLOAD_LIMITS.fileBytes, parsedBytes: limits.parsedBytes });
    } catch (error) {
      return error instanceof MapTooLargeError ? "over_limit" : "unreadable_map";
    }
  }
}

interface Asked {
  debugIds: Set<string>;
  /** Of errors with frames of scripts. */
  releases: Set<string>;
  /** Whether some of them were built, whatever is known of their release. */
  builds: boolean;
}

/** Null: no frame is one of a script. */
function collectAsked(errors: readonly MappableError[]): Asked | null {
  const asked: Asked = { debugIds: new Set(), releases: new Set(), builds: false };
  let any = false;
  for (const { event, release } of errors)
    for (const { frames } of event.exceptions)
      for (const frame of frames) {
        if (!isOfScript(frame)) continue;
        any = true;
        asked.builds ||= isBuilt(frame);
        const debugId = parseDebugId(frame.debugId);
        if (debugId !== null && asked.debugIds.size < MAX_ASKED) asked.debugIds.add(debugId);
        if (release !== null && asked.releases.size < MAX_ASKED) asked.releases.add(release);
      }
  return any ? asked : null;
}

function isOfScript(frame: StackFrame): boolean {
  if (isBuilt(frame)) return true;
  const { file, line } = frame;
  return line !== undefined && SCRIPT.test(file) && !NOT_BUILT.test(file);
}

/** Browsers get built scripts; a server's file says so by its debug id. */
function isBuilt({ file, debugId, line }: StackFrame): boolean {
  return debugId !== undefined || (line !== undefined && SCRIPT_ADDRESS.test(file));
}

async function loadIndex(
  tx: MapTx,
  projectId: number,
  { debugIds, releases }: Asked,
): Promise<{ index: ArtifactIndex; mappedReleases: ReadonlySet<string | null> }> {
  const [byId, ofReleases] = [
    debugIds.size === 0 ? [] : await tx.findArtifacts(projectId, [...debugIds]),
    releases.size === 0 ? [] : await tx.findReleaseArtifacts(projectId, [...releases]),
  ];
  return {
    index: new ArtifactIndex([...byId, ...ofReleases]),
    mappedReleases: new Set(ofReleases.map(({ release }) => release)),
  };
}

type Found = ArtifactRecord | Extract<Located, string> | null;

/** Which map each frame needs. Frames of servers are the app's own files, unless maps of their release say that they were built. */
function locateAll(
  errors: readonly MappableError[],
  index: ArtifactIndex,
  mappedReleases: ReadonlySet<string | null>,
): { maps: Map<number, ArtifactRecord>; find: (frame: StackFrame, build: BuildLabel) => Found } {
  const known = new Map<string, Found>();
  const find = (frame: StackFrame, build: BuildLabel): Found => {
    if (!isOfScript(frame)) return null;
    const key = JSON.stringify([frame.file, frame.debugId, build.release, build.dist]);
    const hit = known.get(key);
    if (hit !== undefined) return hit;
    const map = index.findMap(frame, build);
    const isPlain = !isBuilt(frame) && !mappedReleases.has(build.release);
    const found = typeof map === "string" && isPlain ? null : map;
    known.set(key, found);
    return found;
  };
  const maps = new Map<number, ArtifactRecord>();
  for (const { event, release } of errors) {
    const build = buildOf(event, release);
    for (const { frames } of event.exceptions)
      for (const frame of frames) {
        const found = find(frame, build);
        if (found !== null && typeof found !== "string") maps.set(found.id, found);
      }
  }
  return { maps, find };
}

/** The distribution comes as a tag. */
function buildOf({ attributes }: ErrorEvent, release: string | null): BuildLabel {
  const dist = attributes?.["dist"];
  return { release, dist: typeof dist === "string" ? dist : null };
}

function locate(
  { line, column }: StackFrame,
  mapId: number,
  map: ShelvedMap,
  redactor: Redactor,
  positions: Map<string, SourcePosition | null>,
): Located {
  if (typeof map === "string") return map;
  if (line === undefined) return "no_position";
  const key = `${mapId}:${line}:${column}`;
  let position = positions.get(key);
  if (position === undefined) {
    const raw = map.positionOf(line, column ?? 1);
    position = raw === null ? null : redactPosition(raw, redactor);
    positions.set(key, position);
  }
  return position ?? "no_position";
}

/** The source is as much a stranger's text as the event is: it is redacted by the rules of frames. */
function redactPosition(position: SourcePosition, redactor: Redactor): SourcePosition {
  const { file, name, context } = position;
  const frame: StackFrame = { file, inApp: true };
  if (name !== null) frame.function = name;
  if (context !== null) frame.context = context;
  const [exception] = redactEvent(
    {
      type: "error",
      time: 0,
      id: "position",
      level: "error",
      handled: true,
      mechanism: "manual",
      exceptions: [{ type: "", message: "", frames: [frame] }],
    },
    redactor,
  ).exceptions;
  const clean = exception!.frames[0]!;
  return { ...position, file: clean.file, name: clean.function ?? null, context: clean.context ?? null };
}
