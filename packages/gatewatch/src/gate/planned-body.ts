import type { BodyEncoder, BodyObserver, BodyPlan, EncodedOutput } from "./body-plan.ts";

type Decide = (whole: Uint8Array | undefined) => void;
type IsConcerned = (text: string) => boolean;
export type OpenEncoder = (output: EncodedOutput) => BodyEncoder;

const NONE: readonly BodyObserver[] = [];

/** Collects what layers decide about one body; the platform's side of the gate carries it out. One is made for every response: nothing is allocated before it is needed. */
export class PlannedBody implements BodyPlan {
  /** The body in one piece, as far as it is known; undefined for a stream. */
  whole: Uint8Array | undefined = undefined;
  isReplaced = false;
  /** Stands in for whatever the app sends. */
  substitution: Uint8Array | undefined = undefined;
  encoded: Uint8Array | undefined = undefined;
  openEncoder: OpenEncoder | undefined = undefined;
  observers: readonly BodyObserver[] = NONE;
  /** Whoever runs the layers notes here which one asks now; it is handed back with the decision. */
  asker: unknown = undefined;
  /** Nobody may ask any more: the moment for it is over. */
  isClosed = false;
  #decisions: Decide[] | undefined = undefined;
  #askers: unknown[] | undefined = undefined;
  #concerns: (IsConcerned | undefined)[] | undefined = undefined;

  get hasDecisions(): boolean {
    return this.#decisions !== undefined;
  }

  /** Whether the bytes that leave differ from those that the app gave, or somebody looks at them. */
  get hasWork(): boolean {
    return this.isReplaced || this.encoded !== undefined || this.openEncoder !== undefined || this.observers.length > 0;
  }

  /** Whether it is as it was made. */
  get isUntouched(): boolean {
    return this.#decisions === undefined && this.substitution === undefined && !this.hasWork;
  }

  whenBody(decide: Decide, isConcerned?: IsConcerned): void {
    if (this.isClosed) throw new TypeError("whenBody belongs in onHead");
    if (this.#decisions === undefined || this.#askers === undefined || this.#concerns === undefined) {
      this.#decisions = [decide];
      this.#askers = [this.asker];
      this.#concerns = [isConcerned];
    } else {
      this.#decisions.push(decide);
      this.#askers.push(this.asker);
      this.#concerns.push(isConcerned);
    }
  }

  /** Whether any decision is to be made about this text; if not, none is waiting any more. */
  concerns(text: string): boolean {
    if (this.#concerns === undefined) return false;
    for (const isConcerned of this.#concerns) if (isConcerned === undefined || isConcerned(text)) return true;
    this.takeDecisions();
    return false;
  }

  /** The decisions that are waiting, and who asked for each of them; they are handed out once. */
  takeDecisions(): { decisions: readonly Decide[]; askers: readonly unknown[] } {
    const taken = { decisions: this.#decisions ?? [], askers: this.#askers ?? [] };
    this.#decisions = undefined;
    this.#askers = undefined;
    this.#concerns = undefined;
    return taken;
  }

  substitute(body: Uint8Array): void {
    this.substitution = body;
    this.whole = body;
    this.isReplaced = true;
  }

  replace(body: Uint8Array): void {
    if (this.whole === undefined) throw new TypeError("only a body that is known as a whole can be replaced");
    this.whole = body;
    this.isReplaced = true;
  }

  observe(observer: BodyObserver): void {
    this.observers = this.observers.length === 0 ? [observer] : [...this.observers, observer];
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
