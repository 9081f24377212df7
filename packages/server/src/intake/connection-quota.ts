/** What the connections of one owner (a credential, an address) may hold together. */
export interface ConnectionQuota<Owner> {
  /** False when the owner has as many connections as it may. */
  tryOpen(owner: Owner): boolean;
  close(owner: Owner): void;
  /** Adds to (or with a negative number takes from) what is held of frames that have not ended; false when that is too much. */
  hold(owner: Owner, bytes: number): boolean;
}

interface Held {
  connections: number;
  bytes: number;
}

/** Counts connections and the bytes of unfinished frames by owner; what holds nothing is forgotten. */
export function createConnectionQuota<Owner>(most: Held): ConnectionQuota<Owner> {
  const held = new Map<Owner, Held>();
  return {
    tryOpen(owner) {
      const now = held.get(owner);
      if (now === undefined) {
        if (most.connections < 1) return false;
        held.set(owner, { connections: 1, bytes: 0 });
        return true;
      }
      if (now.connections >= most.connections) return false;
      now.connections++;
      return true;
    },
    close(owner) {
      const now = held.get(owner);
      if (now !== undefined && --now.connections === 0) held.delete(owner);
    },
    hold(owner, bytes) {
      const now = held.get(owner);
      if (now === undefined) return true;
      now.bytes += bytes;
      return now.bytes <= most.bytes;
    },
  };
}
