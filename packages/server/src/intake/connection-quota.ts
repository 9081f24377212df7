/** What the connections of one credential may hold together. */
export interface ConnectionQuota {
  /** False when the credential has as many connections as it may. */
  tryOpen(credentialId: number): boolean;
  close(credentialId: number): void;
  /** Adds to (or with a negative number takes from) what is held of frames that have not ended; false when that is too much. */
  hold(credentialId: number, bytes: number): boolean;
}

interface Held {
  connections: number;
  bytes: number;
}

/** Counts connections and the bytes of unfinished frames by credential; what holds nothing is forgotten. */
export function createConnectionQuota(most: Held): ConnectionQuota {
  const held = new Map<number, Held>();
  return {
    tryOpen(credentialId) {
      const now = held.get(credentialId);
      if (now === undefined) {
        if (most.connections < 1) return false;
        held.set(credentialId, { connections: 1, bytes: 0 });
        return true;
      }
      if (now.connections >= most.connections) return false;
      now.connections++;
      return true;
    },
    close(credentialId) {
      const now = held.get(credentialId);
      if (now !== undefined && --now.connections === 0) held.delete(credentialId);
    },
    hold(credentialId, bytes) {
      const now = held.get(credentialId);
      if (now === undefined) return true;
      now.bytes += bytes;
      return now.bytes <= most.bytes;
    },
  };
}
