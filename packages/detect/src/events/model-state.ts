import type { StateReader } from "../snapshot/state-reader.ts";
import type { StateWriter } from "../snapshot/state-writer.ts";
import type { EventModel } from "./event-model.ts";
import type { FieldNode } from "./field-node.ts";

const MAX_KEY_BYTES = 512;
const MAX_EXAMPLES = 8;

export function writeModel(model: EventModel, w: StateWriter): void {
  w.count(model.learned);
  w.f64(model.weight);
  writeTree(model, w);
  writeContexts(model, w);
  model.tables.values.write(w);
  model.tables.grams.write(w);
  model.tables.gramSurprises.write(w);
  model.entities.write(w);
  model.pool.write(w);
  for (const view of model.parts.views) view.write(w);
}

/** @param model a new one @throws SnapshotError */
export function readModel(model: EventModel, r: StateReader): void {
  model.learned = r.count();
  model.weight = r.finite(0);
  readTree(model, r);
  readContexts(model, r);
  model.tables.values.readInto(r);
  model.tables.grams.readInto(r);
  model.tables.gramSurprises.readInto(r);
  model.entities.readInto(r);
  model.pool.readInto(r);
  for (const view of model.parts.views) view.readInto(r);
}

/** Parents come before what is below them. */
function writeTree({ tree }: EventModel, w: StateWriter): void {
  const parents = new Map<FieldNode, readonly [parent: FieldNode, key: string]>();
  for (const parent of tree.nodes) for (const [key, child] of parent.children) parents.set(child, [parent, key]);
  w.count(tree.nodes.length - 1);
  for (const node of tree.nodes.slice(1)) {
    const [parent, key] = parents.get(node)!;
    w.count(parent.id);
    w.string(key);
    w.count(node.examples.length);
    for (const example of node.examples) w.string(example);
    w.boolean(node.shapeBytes > 0);
    if (node.shapeBytes > 0) node.shape.write(w);
  }
}

function readTree({ tree }: EventModel, r: StateReader): void {
  for (let left = r.count(tree.max); left > 0; left--) {
    const parent = tree.nodes[r.count()];
    const key = r.string(MAX_KEY_BYTES);
    const known = tree.nodes.length;
    const node = parent === undefined ? undefined : tree.create(parent, key);
    if (node === undefined || tree.nodes.length === known) return r.refuse("A field has no place.");
    for (let examples = r.count(MAX_EXAMPLES); examples > 0; examples--) node.keepExample(r.string(MAX_KEY_BYTES));
    if (r.boolean()) node.shape.readInto(r);
  }
}

function writeContexts({ contexts, tree }: EventModel, w: StateWriter): void {
  w.count(contexts.contexts.size);
  for (const context of contexts.contexts.values()) {
    w.u32(context.hash >>> 0);
    w.count(context.size);
    w.count(context.lastTurn);
    context.sets.write(w);
    w.count(context.cells.size);
    for (const [id, cell] of context.cells) {
      w.count(id);
      cell.write(w);
    }
  }
  w.count(tree.nodes.length);
}

function readContexts({ contexts, tree }: EventModel, r: StateReader): void {
  for (let left = r.count(contexts.maxContexts); left > 0; left--) {
    const hash = r.u32() | 0;
    const context = contexts.find(hash) ?? contexts.create(hash);
    context.size = r.count();
    context.lastTurn = r.count();
    context.sets.readInto(r);
    for (let cells = r.count(contexts.maxCells); cells > 0; cells--) {
      const node = tree.nodes[r.count()];
      const cell = node && contexts.cellOf(context, node.id, node.hash);
      if (cell === undefined) return r.refuse("A field has no place.");
      cell.readInto(r);
    }
  }
  if (r.count() !== tree.nodes.length) r.refuse("Fields are missing.");
}

/** Adds what another model of the same seed has learned: counts are added. */
export function mergeModels(model: EventModel, other: EventModel): void {
  const nodeOf = new Map<FieldNode, FieldNode>([[other.tree.root, model.tree.root]]);
  for (const theirs of other.tree.nodes) {
    const mine = nodeOf.get(theirs);
    if (mine === undefined) continue;
    if (theirs.shapeBytes > 0) mine.shape.merge(theirs.shape);
    for (const example of theirs.examples) mine.keepExample(example);
    for (const [key, child] of theirs.children) {
      const place = model.tree.create(mine, key);
      if (place !== undefined) nodeOf.set(child, place);
    }
  }
  for (const theirs of other.contexts.contexts.values()) {
    const mine = model.contexts.find(theirs.hash) ?? model.contexts.create(theirs.hash);
    mine.size += theirs.size;
    mine.sets.merge(theirs.sets);
    for (const [id, cell] of theirs.cells) {
      const node = nodeOf.get(other.tree.nodes[id]!);
      if (node !== undefined) model.contexts.cellOf(mine, node.id, node.hash)?.merge(cell);
    }
    model.contexts.settle(mine);
  }
  model.learned += other.learned;
  model.weight += other.weight;
  model.tables.values.merge(other.tables.values);
  model.tables.grams.merge(other.tables.grams);
  model.tables.gramSurprises.merge(other.tables.gramSurprises);
  model.entities.merge(other.entities);
  model.pool.merge(other.pool);
  for (const [index, view] of model.parts.views.entries()) view.merge(other.parts.views[index]!);
}
