/** One line of a head, in the order and the spelling of the app; repeated lines keep their items. */
export type StoredLine = readonly [name: string, value: string | readonly string[]];

/** A response that may be used again. Its bytes and lines belong to the store: nobody changes them. */
export interface StoredResponse {
  readonly status: number;
  readonly lines: readonly StoredLine[];
  readonly body: Uint8Array;
  /** When its head arrived (epoch milliseconds). */
  readonly receivedMs: number;
  /** How old it was then. */
  readonly initialAgeMs: number;
  /** How old it may become and still be fresh. */
  readonly freshMs: number;
  /** How long after that it may be used while one request revalidates it. */
  readonly staleWhileRevalidateMs: number;
  /** How long after that it may stand in for an error. */
  readonly staleIfErrorMs: number;
  /** Bits of whoever stores it. */
  readonly traits: number;
  readonly tags: readonly string[];
  /** Absent where nothing is kept with it. */
  readonly forms?: ResponseForms | undefined;
}

/** What was made of a response in order to answer, and is kept with it. */
export interface ResponseForms {
  /** The store that keeps the response, as long as it does; without one nothing more is kept. */
  owner: FormsOwner | undefined;
}

export interface FormsOwner {
  /** Asked before so many bytes more are kept; false when there is no room. */
  grow(bytes: number): boolean;
}

/** Where a response is kept: the resource, and the variant that a request selects once the resource's `Vary` names are known. */
export interface ResponseAddress {
  /** Scheme, host and target. */
  readonly resource: string;
  /** Target up to `?`, for purges by path. */
  readonly path: string;
  /** The variant's name among the resource's. */
  variantOf(vary: readonly string[]): string;
}

export interface Found {
  /** Undefined when there is none, or when it has been purged. */
  readonly response: StoredResponse | undefined;
  /** Whether other variants of this resource are kept. */
  readonly isKnown: boolean;
  /** Names that select the variant, as far as they are known. */
  readonly vary: readonly string[];
  /** What `put` has to be given: a purge after this moment wins over what was asked for before it. */
  readonly moment: StoreMoment;
}

export interface StoreMoment {
  readonly count: number;
  /** Changes when the resource is dropped. */
  readonly generation: string;
  /** Tells two fillings of one variant apart. */
  readonly stamp: string;
}

/** The right to fill one variant, held by one process at a time. */
export interface Lease {
  readonly token: string;
}

export type Purge =
  | { readonly kind: "tag"; readonly tag: string }
  /** A path, or all that begin with it. */
  | { readonly kind: "path"; readonly path: string; readonly isPrefix: boolean }
  | { readonly kind: "all" };

/**
 * What a process is told that asks for a lease: it has it, another one has it, the variant has been filled since it looked, or waiting is in vain
 * (the answer is known not to be storable, or the store is away).
 */
export type LeaseAnswer = Lease | "busy" | "filled" | "unshared";

/**
 * Keeps responses. Whatever fails is a miss; nothing here throws or rejects. A purge is one step whatever it concerns: it is seen when an entry is
 * asked for.
 */
export interface ResponseStore {
  lookup(address: ResponseAddress): Found | Promise<Found>;
  /** `vary` are the names of this response; it is gone after `keepMs`. Ignored when a purge or a drop came after the moment. */
  put(
    address: ResponseAddress,
    vary: readonly string[],
    response: StoredResponse,
    keepMs: number,
    moment: StoreMoment,
    lease?: Lease,
  ): void | Promise<void>;
  /** Forgets all variants of a resource. */
  drop(resource: string): void | Promise<void>;
  purge(purge: Purge): void | Promise<void>;
  /** Only stores that several processes share have leases. */
  readonly leases: ResponseLeases | undefined;
  stats(): Readonly<Record<string, number>>;
  close(): void;
}

/** Leases run out by themselves, so that a process that dies frees the others. */
export interface ResponseLeases {
  acquire(address: ResponseAddress, vary: readonly string[], moment: StoreMoment): Promise<LeaseAnswer>;
  renew(address: ResponseAddress, vary: readonly string[], lease: Lease): Promise<void>;
  /** `isUnshared` tells the others for a while that waiting is in vain. */
  release(address: ResponseAddress, vary: readonly string[], lease: Lease, isUnshared: boolean): Promise<void>;
  /** How long a lease lasts without renewal. */
  readonly leaseMs: number;
}
