import type { StackFrame, UnmappedReason } from "@gatewatch/protocol";
import type { ArtifactRecord } from "../model/client-records.ts";
import { parseDebugId } from "./debug-id.ts";

/** Of which build an event is. */
export interface BuildLabel {
  release: string | null;
  dist: string | null;
}

/** The uploaded files that a unit's frames may be about, and which of them is the map of a frame. */
export class ArtifactIndex {
  private readonly byDebugId = new Map<string, ArtifactRecord[]>();
  private readonly byPath = new Map<string, ArtifactRecord[]>();

  constructor(artifacts: readonly ArtifactRecord[]) {
    const newestFirst = [...new Map(artifacts.map((artifact) => [artifact.id, artifact])).values()];
    newestFirst.sort((a, b) => b.id - a.id);
    for (const artifact of newestFirst) {
      if (artifact.debugId !== null) push(this.byDebugId, artifact.debugId, artifact);
      if (artifact.release !== null) push(this.byPath, keyOf(artifact.release, artifact.path), artifact);
    }
  }

  get isEmpty(): boolean {
    return this.byDebugId.size + this.byPath.size === 0;
  }

  /** By debug id, else by release, distribution and path. */
  findMap(frame: Pick<StackFrame, "file" | "debugId">, build: BuildLabel): ArtifactRecord | UnmappedReason {
    const debugId = parseDebugId(frame.debugId);
    const files = debugId === null ? undefined : this.byDebugId.get(debugId);
    const map = files?.find(({ kind }) => kind === "map");
    if (map !== undefined) return map;
    if (files?.[0] !== undefined) return this.mapOfScript(files[0]);
    const { release } = build;
    if (release === null) return debugId === null ? "no_identity" : "unknown_debug_id";
    for (const path of pathsOf(frame.file)) {
      const script = this.find(release, path, build.dist, "script");
      if (script !== undefined) return this.mapOfScript(script);
      const beside = this.find(release, `${path}.map`, build.dist, "map");
      if (beside !== undefined) return beside;
    }
    return debugId === null ? "unknown_path" : "unknown_debug_id";
  }

  private mapOfScript(script: ArtifactRecord): ArtifactRecord | UnmappedReason {
    const { debugId, release, dist, path, mapPath } = script;
    const same = debugId === null ? undefined : this.byDebugId.get(debugId)?.find(({ kind }) => kind === "map");
    if (same !== undefined) return same;
    if (release === null) return "no_map";
    const named = mapPath === null ? undefined : this.find(release, resolvePath(path, mapPath), dist, "map");
    return named ?? this.find(release, `${path}.map`, dist, "map") ?? "no_map";
  }

  /** An event without a distribution takes the newest of any. */
  private find(
    release: string,
    path: string,
    dist: string | null,
    kind: ArtifactRecord["kind"],
  ): ArtifactRecord | undefined {
    const files = this.byPath.get(keyOf(release, path))?.filter((file) => file.kind === kind) ?? [];
    if (dist === null) return files[0];
    return files.find((file) => file.dist === dist) ?? files.find((file) => file.dist === null);
  }
}

function push(map: Map<string, ArtifactRecord[]>, key: string, artifact: ArtifactRecord): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [artifact]);
  else list.push(artifact);
}

function keyOf(release: string, path: string): string {
  return JSON.stringify([release, path]);
}

/** How a build may have named the file of a frame: by its whole address, or by its path on whatever host. */
function pathsOf(file: string): string[] {
  const bare = file.replace(/[?#].*$/s, "");
  const url = /^([a-z][a-z0-9+.-]*:\/\/[^/]*)(\/.*)$/i.exec(bare);
  if (url !== null) return [bare, `~${url[2]!}`];
  const path = bare.replace(/^(?:\.?\/)+/, "");
  return [bare, `~/${path}`, `app:///${path}`];
}

/** `to` as written in the file `from`. */
function resolvePath(from: string, to: string): string {
  if (/^(?:~\/|[a-z][a-z0-9+.-]*:)/i.test(to)) return to;
  const root = /^(?:~|[a-z][a-z0-9+.-]*:\/\/[^/]*)/i.exec(from)?.[0] ?? "";
  // A host is needed only for the rules of relative addresses.
  const resolved = URL.parse(to, new URL(from.slice(root.length), "http://host/").href);
  if (resolved === null) return to;
  try {
    return root + decodeURI(resolved.pathname);
  } catch {
    return root + resolved.pathname;
  }
}
