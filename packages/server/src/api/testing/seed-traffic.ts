import type { RollupDelta, RollupTable } from "../../model/rollup.ts";
import { Sketch } from "../../model/sketch.ts";
import type { StoreEngine } from "../../model/store.ts";

/** What one route answered within one minute. */
export interface MinuteOfTraffic {
  /** Epoch milliseconds; any moment of the minute. */
  time: number;
  /** `METHOD route` */
  route: string;
  durationsMs: number[];
  errors?: number;
  clientErrors?: number;
}

const CELLS_MS = { minute: 60_000, five_minute: 300_000, hour: 3_600_000, day: 86_400_000 } as const;

/** Test support: writes traffic into the rollups of every resolution, as the digest does. */
export async function seedTraffic(
  store: StoreEngine,
  projectId: number,
  minutes: readonly MinuteOfTraffic[],
): Promise<void> {
  await store.digest({ segment: 1, offset: 1 }, async (tx) => {
    for (const [name, cellMs] of Object.entries(CELLS_MS)) {
      await tx.addRollups(name as RollupTable, fold(projectId, minutes, cellMs, false));
      await tx.addRollups(`${name}_route` as RollupTable, fold(projectId, minutes, cellMs, true));
    }
  });
}

function fold(projectId: number, minutes: readonly MinuteOfTraffic[], cellMs: number, byRoute: boolean): RollupDelta[] {
  const cells = new Map<string, MinuteOfTraffic[]>();
  for (const minute of minutes) {
    const key = JSON.stringify([minute.time - (minute.time % cellMs), byRoute ? minute.route : null]);
    cells.set(key, [...(cells.get(key) ?? []), minute]);
  }
  return Array.from(cells, ([key, parts]) => {
    const [time, route] = JSON.parse(key) as [number, string | null];
    const durationsUs = parts.flatMap(({ durationsMs }) => durationsMs.map((ms) => ms * 1000));
    const sketch = new Sketch();
    for (const us of durationsUs) sketch.add(us);
    return {
      projectId,
      time,
      route,
      count: durationsUs.length,
      errors: parts.reduce((sum, { errors = 0 }) => sum + errors, 0),
      clientErrors: parts.reduce((sum, { clientErrors = 0 }) => sum + clientErrors, 0),
      sumUs: durationsUs.reduce((sum, us) => sum + us, 0),
      maxUs: Math.max(...durationsUs),
      sketch: sketch.toBytes(),
    };
  });
}
