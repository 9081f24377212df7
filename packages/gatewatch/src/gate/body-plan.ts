/** Sees identity bytes on their way out. The bytes belong to the app: whoever keeps them copies them. */
export interface BodyObserver {
  onChunk(bytes: Uint8Array): void;
  /** Exactly once; `complete` is false when the body broke off. */
  onEnd(complete: boolean): void;
}

/** Where an encoder's output goes. */
export interface EncodedOutput {
  push(bytes: Uint8Array): void;
  /** The encoder takes more again, after `write` returned false. */
  drain(): void;
  end(): void;
  /** Cuts the response off. */
  fail(error: unknown): void;
}

/** Encodes a body of unknown length. */
export interface BodyEncoder {
  /** False asks the writer to wait for `drain`. */
  write(bytes: Uint8Array): boolean;
  /** Pushes out all that is held, for server-sent events and `res.flush()`. */
  flush(): void;
  end(): void;
  destroy(): void;
}

/**
 * What layers do with a response's body. The stages have one order whatever the order of the layers: replace, then observe, then encode.
 * Content-Length follows what is done.
 */
export interface BodyPlan {
  /**
   * Calls `decide` once, before the first byte leaves and while the head may still be changed: with the whole body when the app hands it over
   * in one piece, else with undefined. Never called for answers without a body (HEAD, 204, 304). The methods below belong inside it.
   * @param isConcerned asked first about a whole body that is at hand as a text, of which all but ASCII may read otherwise: where it says no,
   * `decide` is not called.
   */
  whenBody(decide: (whole: Uint8Array | undefined) => void, isConcerned?: (text: string) => boolean): void;
  /**
   * These bytes are the body, whatever the app sends or whether it sends one: what it writes is dropped. To be called in `onHead` itself, which also
   * sets the status and the headers that go with them; decisions see the bytes as the whole body.
   */
  substitute(body: Uint8Array): void;
  /** Another body instead of the whole one; later decisions see it. */
  replace(body: Uint8Array): void;
  observe(observer: BodyObserver): void;
  /** The whole body in its encoded form; observers still see the identity form. */
  encodeWhole(encoded: Uint8Array): void;
  /** Encodes a body piece by piece; at most one encoder, the first one stays. */
  encode(open: (output: EncodedOutput) => BodyEncoder): void;
}
