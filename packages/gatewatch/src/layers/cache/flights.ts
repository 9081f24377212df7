import type { StoredResponse } from "../../state/response-store.ts";
import type { WaitingVisit } from "./visit.ts";

/** What a flight brought. */
export type Landing =
  | { kind: "stored"; response: StoredResponse; vary: readonly string[]; variant: string }
  /** A stale response stood in for an error. */
  | { kind: "stood-in"; response: StoredResponse }
  /** The answer is for nobody else. */
  | { kind: "unshared" }
  /** There was none: the one who flew has gone, or its handler has. */
  | { kind: "failed" };

type Follower = (landing: Landing) => void;

/** One request on its way to the app, and those that wait for what it brings. */
export class Flight {
  readonly key: string;
  readonly #flights: Flights;
  #followers: Set<Follower> | undefined = undefined;
  #landing: Landing | undefined = undefined;

  constructor(flights: Flights, key: string) {
    this.#flights = flights;
    this.key = key;
  }

  get hasLanded(): boolean {
    return this.#landing !== undefined;
  }

  /** Undefined when the time is over, or `visit.stop` was called. */
  wait(waitMs: number, visit: WaitingVisit): Promise<Landing | undefined> {
    if (this.#landing !== undefined) return Promise.resolve(this.#landing);
    return new Promise((resolve) => {
      const followers = (this.#followers ??= new Set());
      const follow: Follower = (landing) => {
        clearTimeout(timer);
        resolve(landing);
      };
      const stop = (): void => {
        clearTimeout(timer);
        followers.delete(follow);
        resolve(undefined);
      };
      const timer = setTimeout(stop, waitMs);
      followers.add(follow);
      visit.stop = stop;
    });
  }

  /** The first landing counts. */
  land(landing: Landing): void {
    if (this.#landing !== undefined) return;
    this.#landing = landing;
    this.#flights.end(this);
    const followers = this.#followers ?? [];
    this.#followers = undefined;
    for (const follow of followers) follow(landing);
  }
}

/** The flights of this process: one per variant. */
export class Flights {
  readonly #flights = new Map<string, Flight>();

  find(key: string): Flight | undefined {
    return this.#flights.get(key);
  }

  begin(key: string): Flight {
    const flight = new Flight(this, key);
    this.#flights.set(key, flight);
    return flight;
  }

  end(flight: Flight): void {
    if (this.#flights.get(flight.key) === flight) this.#flights.delete(flight.key);
  }

  get size(): number {
    return this.#flights.size;
  }
}
