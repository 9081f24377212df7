import { describe, expect, it } from "vitest";
import { DEFAULTS } from "../../options/defaults.ts";
import { LAYER_ROWS } from "./layers-contract/layer-rows.ts";

describe("the contract of the layers", () => {
  it("has rows for every layer that can be switched", () => {
    const groups = Object.entries(DEFAULTS).filter(([, group]) => Object.hasOwn(Object(group) as object, "enabled"));
    const layers = groups.map(([name]) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
    const covered = new Set(LAYER_ROWS.map(({ layer }) => layer));
    expect([...covered].toSorted()).toEqual([...layers, "order"].toSorted());
  });

  it("calls each of them by a name of its own, by which an adapter may make an exception", () => {
    const names = LAYER_ROWS.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});
