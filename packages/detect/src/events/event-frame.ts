import type { Context, ContextTable } from "./context-table.ts";
import type { CountTable } from "./count-table.ts";
import { EMPTY, MAX_ENTRIES, type EventReader } from "./event-reader.ts";
import type { FieldCell } from "./field-cell.ts";
import type { FieldNode } from "./field-node.ts";
import { mix } from "./hash.ts";
import { hashRoute } from "./hash-route.ts";

/** Events from which on a context's word counts. */
export const MATURE = 30;
/** What has been seen so often is no novelty. */
export const KNOWN = 3;
const MAX_OWNERS = 3;
export const MAX_PAIRED = 7;
/** A context that holds more than this of a wider one is no other one. */
const SAME = 0.9;
const MIN_SEEN = 2;
const CONTEXT_KEY = 0x63;

/** What is known of the event at hand while it is judged and learned: where it belongs, whose it is. */
export class EventFrame {
  /** Contexts from all to the narrowest that there is. */
  readonly chain: Context[] = [];
  /** The narrowest whose word counts. */
  deepest: Context;
  turn = 0;
  /** What kind of event it is; never 0. */
  place = 1;
  /** Whose sequence it belongs to; 0 for nobody's. */
  session = 0;
  /** Users, addresses, terminals, and the entries where they stand. */
  readonly owners: number[] = [];
  readonly ownerEntries: number[] = [];
  /** Who sent it: the source, or the stretch of time where nobody knows. */
  sender = 0;
  amount = Number.NaN;
  amountEntry = -1;
  /** Which fields there are. */
  fieldSet = 0;
  readonly paired = new Int32Array(MAX_PAIRED);
  pairedCount = 0;
  readonly cellOf: (FieldCell | undefined)[] = [];
  readonly rawOf = new Float64Array(MAX_ENTRIES);
  /** How often the entry's value had been seen there, up to `KNOWN`. */
  readonly seen = new Uint8Array(MAX_ENTRIES);
  /** Entries and views that are not to be learned. */
  readonly skipped = new Uint8Array(MAX_ENTRIES);
  skippedViews = 0;
  readonly #chainHashes: number[] = [];

  constructor(root: Context) {
    this.deepest = root;
  }

  /** Who it came from, as far as the app says: 0 when nobody knows. Sessions do not count, since strangers make their own. */
  get source(): number {
    return this.owners[0] ?? 0;
  }

  clear(): void {
    this.turn++;
    this.pairedCount = 0;
    this.amount = Number.NaN;
    this.amountEntry = -1;
    this.skippedViews = 0;
    this.skipped.fill(0);
  }

  skips(view: number): boolean {
    return ((this.skippedViews >>> view) & 1) === 1;
  }

  skipView(view: number): void {
    this.skippedViews |= 1 << view;
  }

  find(reader: EventReader, contexts: ContextTable, values: CountTable): void {
    let [type, route, path, method] = [0, 0, 0, 0];
    this.session = 0;
    this.owners.length = this.ownerEntries.length = 0;
    for (let at = 0; at < reader.count; at++) {
      const node = reader.nodes[at];
      if (node?.role === undefined || reader.kinds[at]! >= EMPTY) continue;
      const hash = reader.hashes[at]!;
      if (node.role === "type") type ||= hash;
      else if (node.role === "method") method ||= hash;
      else if (node.role === "route") route ||= hashRoute(reader.texts[at]!);
      else if (node.role === "path") path ||= hashRoute(reader.texts[at]!);
      else if (node.role === "session") this.session ||= mix(node.hash, hash);
      else if (
        node.role === "entity" &&
        this.owners.length < MAX_OWNERS &&
        isOneOfMany(node, hash, contexts.root, values)
      ) {
        this.owners.push(mix(node.hash, hash));
        this.ownerEntries.push(at);
      }
    }
    this.session ||= this.source;
    this.place = mix(route || path || type, method) || 1;
    this.#findChain([type, route || path, method], contexts);
  }

  #findChain(levels: readonly number[], contexts: ContextTable): void {
    const { chain } = this;
    chain.length = this.#chainHashes.length = 0;
    chain.push(contexts.root);
    let { hash } = contexts.root;
    for (const level of levels) {
      if (level === 0) continue;
      hash = mix(hash, level);
      this.#chainHashes.push(hash);
      const context = contexts.find(hash);
      if (context !== undefined) chain.push(context);
    }
    let level = chain.length - 1;
    while (level > 0 && chain[level]!.size < MATURE) level--;
    this.deepest = chain[level]!;
  }

  /** A context of its own is for what comes again and again, and is not nearly all of the wider one. */
  createContexts(contexts: ContextTable, values: CountTable): void {
    const { chain } = this;
    for (const hash of this.#chainHashes) {
      const seen = values.add(hash ^ CONTEXT_KEY);
      if (contexts.find(hash) !== undefined) continue;
      const wider = chain.at(-1)!;
      if (seen >= MIN_SEEN && wider.size >= MATURE && seen < wider.size * SAME) chain.push(contexts.create(hash));
    }
  }
}

/** A user is one of many: what a fifth of all events have in common is none. */
function isOneOfMany(node: FieldNode, hash: number, root: Context, values: CountTable): boolean {
  const cell = root.cells.get(node.id);
  return cell === undefined || cell.size < MATURE || values.get(mix(cell.hash, hash)) * 5 < cell.size;
}
