import { FieldCell } from "./field-cell.ts";
import { Novelty } from "./novelty.ts";

const FADE_AT = 16_384;

/** Events that belong together: all, those of a type, of a route, of a route and method. */
export class Context {
  readonly hash: number;
  size = 0;
  lastTurn = 0;
  readonly cells = new Map<number, FieldCell>();
  /** Which fields come together. */
  readonly sets = new Novelty();

  constructor(hash: number) {
    this.hash = hash;
  }

  surpriseOfNewField(): number {
    let singles = 0;
    for (const cell of this.cells.values()) if (cell.size === 1) singles++;
    return -Math.log10((singles + 0.5) / (this.size + 1));
  }

  fade(): void {
    this.size >>= 1;
    for (const cell of this.cells.values()) cell.fade();
  }
}

export class ContextTable {
  readonly root = new Context(0x726f6f74);
  readonly contexts = new Map<number, Context>();
  cellCount = 0;
  readonly maxContexts: number;
  readonly maxCells: number;

  constructor(maxContexts: number, maxCells: number) {
    this.maxContexts = maxContexts;
    this.maxCells = maxCells;
    this.contexts.set(this.root.hash, this.root);
  }

  find(hash: number): Context | undefined {
    return this.contexts.get(hash);
  }

  create(hash: number): Context {
    if (this.contexts.size >= this.maxContexts) this.#dropOldest(this.root);
    const context = new Context(hash);
    this.contexts.set(hash, context);
    return context;
  }

  /** @returns undefined when there are too many cells */
  cellOf(context: Context, nodeId: number, nodeHash: number): FieldCell | undefined {
    const known = context.cells.get(nodeId);
    if (known !== undefined) return known;
    while (this.cellCount >= this.maxCells) if (!this.#dropOldest(context)) return undefined;
    const cell = new FieldCell(context.hash, nodeHash);
    context.cells.set(nodeId, cell);
    this.cellCount++;
    return cell;
  }

  /** After a merge: counts back to what they can hold. */
  settle(context: Context): void {
    while (context.size >= FADE_AT) context.fade();
  }

  count(context: Context, turn: number): void {
    context.lastTurn = turn;
    context.size++;
    if (context.size >= FADE_AT) context.fade();
  }

  #dropOldest(except: Context): boolean {
    let oldest: Context | undefined;
    for (const context of this.contexts.values())
      if (context !== this.root && context !== except && (oldest === undefined || context.lastTurn < oldest.lastTurn))
        oldest = context;
    if (oldest === undefined) return false;
    this.cellCount -= oldest.cells.size;
    return this.contexts.delete(oldest.hash);
  }
}
