import type { Labels } from "../gate/instruments.ts";
import { toLabelKey, toLabelText } from "./label-text.ts";

type Node<S> = Map<string, Node<S> | S>;

/** The rows of one metric by their labels' values, at most so many; what comes then shares one row. */
export class SeriesTable<S extends object> {
  readonly names: readonly string[];
  readonly #max: number;
  readonly #make: (values: readonly string[] | undefined) => S;
  readonly #all: S[] = [];
  #root: Node<S> = new Map();
  /** The only row of a metric without labels. */
  #single: S | undefined = undefined;
  #overflow: S | undefined = undefined;

  /** @param make a row with these values; with undefined the one that is shared. */
  constructor(names: readonly string[], max: number, make: (values: readonly string[] | undefined) => S) {
    this.names = names;
    this.#max = max;
    this.#make = make;
  }

  /** The shared row included. */
  get size(): number {
    return this.#all.length;
  }

  get hasOverflowed(): boolean {
    return this.#overflow !== undefined;
  }

  get all(): readonly S[] {
    return this.#all;
  }

  find(labels: Labels | undefined): S {
    const { names } = this;
    if (names.length === 0) return (this.#single ??= this.#keep([]));
    let node = this.#root;
    const last = names.length - 1;
    for (let index = 0; index <= last; index++) {
      const value = labels?.[names[index]!];
      const next = node.get(typeof value === "string" && value.length <= 128 ? value : toLabelKey(value));
      if (next === undefined) return this.#add(labels);
      if (index === last) return next as S;
      node = next as Node<S>;
    }
    return this.#add(labels);
  }

  clear(): void {
    this.#all.length = 0;
    this.#root = new Map();
    this.#single = undefined;
    this.#overflow = undefined;
  }

  #add(labels: Labels | undefined): S {
    const values = this.names.map((name) => toLabelText(toLabelKey(labels?.[name])));
    let node: Node<S> | S | undefined = this.#root;
    for (const value of values) node = (node as Node<S> | undefined)?.get(value);
    if (node !== undefined) return node as S;
    // One place is kept for the shared row.
    if (this.#all.length >= this.#max - 1) return (this.#overflow ??= this.#keep(undefined));
    let parent = this.#root;
    for (const value of values.slice(0, -1)) {
      let child = parent.get(value) as Node<S> | undefined;
      if (child === undefined) parent.set(value, (child = new Map()));
      parent = child;
    }
    const series = this.#keep(values);
    parent.set(values.at(-1)!, series);
    return series;
  }

  #keep(values: readonly string[] | undefined): S {
    const series = this.#make(values);
    this.#all.push(series);
    return series;
  }
}
