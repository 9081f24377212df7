import { describe, expect, it } from "vitest";
import { LAYER_ROWS } from "./layers-contract/layer-rows.ts";
import { playRow } from "./layers-contract/play-row.ts";
import type { LayersTarget } from "./layers-contract/target.ts";

/** Every layer, seen from outside over one adapter, on real sockets. */
export function testLayersContract(target: LayersTarget): void {
  const { cannot = {} } = target;
  const rows = LAYER_ROWS.filter(({ name }) => !Object.hasOwn(cannot, name));
  const exceptions = LAYER_ROWS.filter(({ name }) => Object.hasOwn(cannot, name));

  describe(`${target.name}: every layer`, () => {
    it.each(rows)("$layer: $name", async (row) => {
      expect(await playRow(target, row)).toEqual({});
    });

    // What holds all the same must not stand among the exceptions.
    it.each(exceptions.map((row) => ({ ...row, reason: cannot[row.name] })))(
      "$layer: not $name, since $reason",
      async (row) => {
        await expect(playRow(target, row)).rejects.toMatchObject({ name: "AssertionError" });
      },
    );

    it("makes no exception of a row that is not there", () => {
      expect(exceptions.map(({ name }) => name).toSorted()).toEqual(Object.keys(cannot).toSorted());
    });
  });
}
