import type { BodyEncoder, BodyObserver, BodyPlan, EncodedOutput } from "./body-plan.ts";

type Decide = (whole: Uint8Array | undefined) => void;
export type OpenEncoder = (output: EncodedOutput) => BodyEncoder;

/** Collects what layers decide about one body; the platform's side of the gate carries it out. */
export class PlannedBody implements BodyPlan {
  /** The body in one piece, as far as it is known; undefined for a stream. */
  whole: Uint8Array | undefined = undefined;
  isReplaced = false;
  encoded: Uint8Array | undefined = undefined;
  openEncoder: OpenEncoder | undefined = undefined;
  readonly observers: BodyObserver[] = [];
  readonly #decisions: Decide[] = [];

  get hasDecisions(): boolean {
    return this.#decisions.length > 0;
  }

  /** Whether the bytes that leave differ from those that the app gave, or somebody looks at them. */
  get hasWork(): boolean {
    return this.isReplaced || this.encoded !== undefined || this.openEncoder !== undefined || this.observers.length > 0;
  }

  whenBody(decide: Decide): void {
    this.#decisions.push(decide);
  }

  /** Lets the layers decide, in the order in which they asked; `guard` runs each of them. */
  decideAll(whole: Uint8Array | undefined, guard: (decide: () => void) => void): void {
    this.whole = whole;
    for (const decide of this.#decisions.splice(0)) guard(() => decide(this.whole));
  }

  replace(body: Uint8Array): void {
    if (this.whole === undefined) throw new TypeError("only a body that is known as a whole can be replaced");
    this.whole = body;
    this.isReplaced = true;
  }

  observe(observer: BodyObserver): void {
    this.observers.push(observer);
  }

  encodeWhole(encoded: Uint8Array): void {
    if (this.whole === undefined) throw new TypeError("only a body that is known as a whole can be encoded at once");
    if (!this.#isEncoded()) this.encoded = encoded;
  }

  encode(open: OpenEncoder): void {
    if (!this.#isEncoded()) this.openEncoder = open;
  }

  #isEncoded(): boolean {
    return this.encoded !== undefined || this.openEncoder !== undefined;
  }
}
