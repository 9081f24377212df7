import type { PlantedSecret } from "../../packages/protocol/src/redact/secret-corpus.ts";

/** Looks for many secrets in many bytes at once. */
export interface SecretFinder {
  /** What was found, in words, without the secret itself. */
  find(where: string, content: Uint8Array | string): string[];
}

interface Form {
  bytes: Buffer;
  name: string;
}

/** Finds each secret as it is, as a part of an address, and as JSON inside JSON. */
export function createSecretFinder(secrets: readonly PlantedSecret[]): SecretFinder {
  const byStart = new Map<number, Form[]>();
  for (const { secret, place, kind } of secrets) {
    const inJson = JSON.stringify(secret).slice(1, -1);
    for (const text of new Set([secret, encodeURIComponent(secret), inJson, JSON.stringify(inJson).slice(1, -1)])) {
      const bytes = Buffer.from(text);
      const start = bytes.readUInt32LE(0);
      const forms = byStart.get(start) ?? [];
      forms.push({ bytes, name: `${kind} (${place})` });
      byStart.set(start, forms);
    }
  }
  return {
    find(where, content) {
      const bytes =
        typeof content === "string"
          ? Buffer.from(content)
          : Buffer.from(content.buffer, content.byteOffset, content.byteLength);
      const found: string[] = [];
      for (let at = 0; at + 4 <= bytes.length; at++) {
        const forms = byStart.get(bytes.readUInt32LE(at));
        if (forms === undefined) continue;
        for (const form of forms) {
          const end = at + form.bytes.length;
          if (end > bytes.length || bytes.compare(form.bytes, 0, undefined, at, end) !== 0) continue;
          const around = bytes.toString("utf8", Math.max(0, at - 60), at);
          found.push(`${where}: ${form.name} after …${around}`);
        }
      }
      return found;
    },
  };
}
