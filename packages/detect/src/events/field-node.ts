import { hashText, mix } from "./hash.ts";
import { TextShape } from "./text-shape.ts";

const MAX_CHILDREN = 96;
const MAX_NAME = 96;
const MAX_EXAMPLES = 3;
const MAX_EXAMPLE = 40;

/** What a field is for, by its name: which kind of event it is, whose it is, when it was. */
export type FieldRole = "type" | "route" | "path" | "method" | "entity" | "session" | "time" | undefined;

const TYPES = new Set(["type", "event", "eventtype", "kind", "eventname", "operation"]);
const METHODS = new Set(["method", "httpmethod", "verb", "requestmethod"]);
const ROUTES = new Set(["route", "httproute", "endpoint", "pathtemplate", "urltemplate"]);
const PATHS = new Set([
  "path",
  "url",
  "uri",
  "requesturi",
  "urlpath",
  "target",
  "httptarget",
  "request",
  "requestpath",
  "requesturl",
]);
const SESSIONS = /sess(?:ion)?(?:id|key|token|hash)?$|^(?:connect)?sid$|^(?:block|trace|conversation)id$/;
const TIMES = new Set([
  "timestamp",
  "time",
  "ts",
  "datetime",
  "date",
  "createdat",
  "occurredat",
  "receivedat",
  "eventtime",
  "starttime",
  "endtime",
]);
const ENTITY =
  /^(user|customer|client|account|card|terminal|merchant|device|ip|remote|address|peer|source|src|tenant|member|payer)(s|name)?(id|no|number|hash|key|ip|addr|address)?$|^(clientaddress|remoteaddr|sourceip|srcip|xforwardedfor)$/;

const AMOUNT =
  /(?:^|[^a-z])(amount|total|sum|value|price|cost|fee|charge|payment|balance|volume|bytes|duration|latency)/i;

/** A place in a stream's events, found by the names that lead there. */
export class FieldNode {
  readonly id: number;
  readonly path: string;
  readonly role: FieldRole;
  /** Whether it says how much, so that it is held against what the same user usually has there. */
  readonly isAmount: boolean;
  readonly hash: number;
  /** Whether it says what kind of event it is. */
  readonly isContext: boolean;
  #shape: TextShape | undefined;
  readonly children = new Map<string, FieldNode>();
  /** The last event that had it: so that a list's elements count once. */
  lastTurn = -1;
  /** Some values that have come more than once. */
  readonly examples: string[] = [];

  constructor(id: number, path: string, name: string, seed: number) {
    this.id = id;
    this.path = path;
    this.role = roleOf(name, path);
    this.isAmount = AMOUNT.test(name);
    this.hash = mix(hashText(path), seed);
    this.isContext = ["type", "route", "path", "method"].includes(this.role ?? "");
  }

  get shape(): TextShape {
    return (this.#shape ??= new TextShape(this.hash));
  }

  get shapeBytes(): number {
    return this.#shape?.bytes ?? 0;
  }

  fade(): void {
    this.#shape?.fade();
  }

  keepExample(text: string): void {
    if (this.examples.length < MAX_EXAMPLES && text.length <= MAX_EXAMPLE && !this.examples.includes(text))
      this.examples.push(toName(text));
  }
}

/** All places of a stream, at most as many as said; a place with too many names below it has one for all further ones. */
export class FieldTree {
  readonly root: FieldNode;
  readonly nodes: FieldNode[] = [];
  readonly max: number;
  readonly #seed: number;

  constructor(max: number, seed: number) {
    this.max = max;
    this.#seed = seed;
    this.root = this.#add("", "");
  }

  find({ children }: FieldNode, key: string): FieldNode | undefined {
    const known = children.get(key) ?? (isPlain(key) ? undefined : children.get(toName(key)));
    return known ?? (children.size >= MAX_CHILDREN ? children.get("*") : undefined);
  }

  /** @returns undefined when there are too many places */
  create(parent: FieldNode, key: string): FieldNode | undefined {
    const known = this.find(parent, key);
    if (known !== undefined || this.nodes.length >= this.max) return known;
    const name = parent.children.size >= MAX_CHILDREN - 1 ? "*" : toName(key);
    const node = this.#add(joinPath(parent.path, name), name);
    parent.children.set(name, node);
    return node;
  }

  #add(path: string, name: string): FieldNode {
    const node = new FieldNode(this.nodes.length, path, name, this.#seed);
    this.nodes.push(node);
    return node;
  }
}

/** Whether it names who or whose: such names are new all the time. */
export function isIdentity({ role }: FieldNode): boolean {
  return role === "entity" || role === "session";
}

export function joinPath(parent: string, name: string): string {
  return parent === "" || name.startsWith("?") || name.startsWith("[") ? parent + name : `${parent}.${name}`;
}

/** Whether a name is kept as it is. */
function isPlain(name: string): boolean {
  return name.length <= MAX_NAME && name.isWellFormed();
}

/** A name as it is kept, and as a snapshot can hold it: two that become one are one place. A part of a long text would keep the whole one in memory. */
function toName(name: string): string {
  return JSON.parse(JSON.stringify(name.slice(0, MAX_NAME).toWellFormed())) as string;
}

function roleOf(name: string, path: string): FieldRole {
  const plain = name.toLowerCase().replaceAll(/[^a-z]/g, "");
  const depth = path.split(".").length;
  if (name.startsWith("?") || depth > 3) return undefined;
  if (depth <= 2 && TYPES.has(plain)) return "type";
  if (METHODS.has(plain)) return "method";
  if (ROUTES.has(plain)) return "route";
  if (PATHS.has(plain)) return "path";
  if (SESSIONS.test(plain)) return "session";
  if (TIMES.has(plain)) return "time";
  return ENTITY.test(plain) ? "entity" : undefined;
}
