import type { AnomalyDetail } from "@gatewatch/protocol";
import type { AnomalyStore } from "../model/anomaly.ts";
import type { DetectorKit, DiscoveryBound } from "./detector-kit.ts";

/** Of a hundred anomalies that people are told of, at most ten are to be false. */
export const DISCOVERY_TARGET = 0.1;
/** The family of all series of a project. */
export const SERIES_FAMILY = "series";
/** More than a project may have streams. */
const MAX_FAMILIES = 256;
/** After so long without a discovery a bound begins anew: what silence has used up must not keep an outage quiet. */
const RENEW_AFTER_MS = 7 * 86_400_000;

export interface Discovery {
  /** P-values of the batch up to this one are discoveries; null when none is. */
  threshold: number | null;
  discovery: AnomalyDetail["discovery"];
}

interface Family {
  bound: DiscoveryBound;
  /** Of the last discovery, or of the bound's beginning. */
  since: number;
  /** Batches, and those with a discovery, ever. */
  tested: number;
  told: number;
}

interface StoredFamily extends Omit<Family, "bound"> {
  bound: string;
}

type DiscoveryRow = Awaited<ReturnType<AnomalyStore["listDiscovery"]>>[number];

/**
 * The bound on false discoveries of each project. Its series are one family, each event stream is another: millions of requests
 * must not use up what an outage needs. What it remembers is written with the anomalies that it decided on.
 */
export class DiscoveryLedger {
  readonly #kit: Pick<DetectorKit, "createBound" | "restoreBound">;
  readonly #store: Pick<AnomalyStore, "listDiscovery">;
  /** Families in the order of their use. */
  readonly #projects = new Map<number, Map<string, Family>>();
  readonly #changed = new Set<number>();
  #isRestored = false;
  #opening: Promise<void> | null = null;

  constructor(kit: Pick<DetectorKit, "createBound" | "restoreBound">, store: Pick<AnomalyStore, "listDiscovery">) {
    this.#kit = kit;
    this.#store = store;
  }

  /** To be waited for before anything is decided: a decision without the past would spend what is spent already. */
  open(): Promise<void> {
    if (this.#isRestored) return Promise.resolve();
    this.#opening ??= this.reload().finally(() => (this.#opening = null));
    return this.#opening;
  }

  /**
   * Takes up what is stored. After a turn that was not written its minutes are judged again, so that of the series only that counts;
   * events are not judged again, and what was decided on them stands and is written with the next turn.
   */
  async reload(): Promise<void> {
    const rows = await this.#store.listDiscovery();
    for (const [projectId, families] of this.#projects) {
      families.delete(SERIES_FAMILY);
      this.#changed.add(projectId);
    }
    for (const { projectId, state } of rows) this.#restore(projectId, state);
    this.#isRestored = true;
  }

  /** A bound that cannot be read begins anew, with its whole allowance: for a while it is looser than it was. */
  #restore(projectId: number, state: Uint8Array): void {
    const families = this.#familiesOf(projectId);
    for (const [name, { bound, since, tested, told }] of tryParseFamilies(state)) {
      if (families.has(name)) continue;
      try {
        families.set(name, { bound: this.#kit.restoreBound(Buffer.from(bound, "base64")), since, tested, told });
      } catch {
        continue;
      }
    }
  }

  /** The stream was deleted: one of the same name begins without its past. */
  forgetStream(projectId: number, stream: string): void {
    if (this.#projects.get(projectId)?.delete(familyOf(stream))) this.#changed.add(projectId);
  }

  /**
   * Which p-values of a batch are discoveries: the batch is one test, by Simes; what is told of it is found by Benjamini and Hochberg
   * at the test's level (online batches after Zrnic, Jiang, Ramdas and Jordan 2020). To be asked of everything that was judged.
   */
  decide(projectId: number, family: string, pValues: readonly number[], atMs: number): Discovery {
    const known = this.#renew(projectId, family, atMs);
    const sorted = pValues.toSorted((a, b) => a - b);
    const count = sorted.length;
    const simes = sorted.reduce((least, p, index) => Math.min(least, (p * count) / (index + 1)), 1);
    const { isDiscovery, level } = known.bound.decide(simes);
    known.tested += 1;
    this.#changed.add(projectId);
    if (isDiscovery) {
      known.told += 1;
      known.since = atMs;
    }
    const last = isDiscovery ? sorted.findLastIndex((p, index) => p <= (level * (index + 1)) / count) : -1;
    const { tested, told } = known;
    return {
      threshold: sorted[last] ?? null,
      discovery: { target: DISCOVERY_TARGET, level: (level * Math.max(1, last + 1)) / count, tested, told },
    };
  }

  /** What changed since the last call; nothing while the past is not known, which must not be written over. */
  takeChanged(): DiscoveryRow[] {
    if (!this.#isRestored) return [];
    const rows = [...this.#changed].map((projectId) => {
      const families = [...this.#familiesOf(projectId)].map(([name, { bound, since, tested, told }]) => {
        const stored: StoredFamily = { bound: Buffer.from(bound.toBytes()).toString("base64"), since, tested, told };
        return [name, stored] as const;
      });
      return { projectId, state: new TextEncoder().encode(JSON.stringify(Object.fromEntries(families))) };
    });
    this.#changed.clear();
    return rows;
  }

  #renew(projectId: number, name: string, atMs: number): Family {
    const families = this.#familiesOf(projectId);
    let family = families.get(name);
    if (family === undefined)
      family = { bound: this.#kit.createBound(DISCOVERY_TARGET), since: atMs, tested: 0, told: 0 };
    else if (atMs - family.since > RENEW_AFTER_MS) {
      family.bound = this.#kit.createBound(DISCOVERY_TARGET);
      family.since = atMs;
    }
    families.delete(name);
    families.set(name, family);
    if (families.size > MAX_FAMILIES) families.delete(families.keys().next().value!);
    return family;
  }

  #familiesOf(projectId: number): Map<string, Family> {
    let families = this.#projects.get(projectId);
    if (families === undefined) this.#projects.set(projectId, (families = new Map()));
    return families;
  }
}

/** The family of an event stream. */
export function familyOf(stream: string): string {
  return `event:${stream}`;
}

function tryParseFamilies(state: Uint8Array): [name: string, family: StoredFamily][] {
  try {
    const stored = JSON.parse(new TextDecoder().decode(state)) as Record<string, unknown>;
    return Object.entries(stored).filter((entry): entry is [string, StoredFamily] => isFamily(entry[1]));
  } catch {
    return [];
  }
}

function isFamily(value: unknown): value is StoredFamily {
  if (typeof value !== "object" || value === null) return false;
  const { bound, since, tested, told } = value as Partial<Record<keyof StoredFamily, unknown>>;
  return typeof bound === "string" && [since, tested, told].every(Number.isFinite);
}
