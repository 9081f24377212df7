import { pseudonymiseAddress, pseudonymiseText } from "@gatewatch/protocol/redact/pseudonymise";
import type { DecodeContext } from "../../model/decoder.ts";

const MAX_TEXTS = 4_096;
const MAX_PROJECTS = 64;
const MAX_LENGTH = 256;

/** Pseudonyms under the key of a project; without a key there are none. */
export interface Pseudonyms {
  address(text: string): string | undefined;
  text(text: string): string | undefined;
}

interface Known {
  key: Uint8Array;
  addresses: Map<string, string>;
  texts: Map<string, string>;
}

/** Addresses and credentials repeat themselves, and a digest costs more than anything else about a small event. */
export function createPseudonymCache(): (context: Pick<DecodeContext, "projectId" | "addressKey">) => Pseudonyms {
  const projects = new Map<number, Known>();

  function find(projectId: number, key: Uint8Array): Known {
    const before = projects.get(projectId);
    if (before !== undefined && Buffer.compare(before.key, key) === 0) return before;
    const known: Known = { key, addresses: new Map(), texts: new Map() };
    projects.delete(projectId);
    projects.set(projectId, known);
    if (projects.size > MAX_PROJECTS) projects.delete(projects.keys().next().value!);
    return known;
  }

  return ({ projectId, addressKey: key }) => {
    if (key === null) return { address: () => undefined, text: () => undefined };
    const known = find(projectId, key);
    return {
      address: (text) => remember(known.addresses, text, () => pseudonymiseAddress(text, key)),
      text: (text) => remember(known.texts, text, () => pseudonymiseText(text, key)),
    };
  };
}

function remember(map: Map<string, string>, text: string, make: () => string): string {
  if (text.length > MAX_LENGTH) return make();
  let digest = map.get(text);
  if (digest === undefined) {
    digest = make();
    if (map.size >= MAX_TEXTS) map.clear();
    map.set(text, digest);
  }
  return digest;
}
