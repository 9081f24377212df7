import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORMAT = 1;

/** Seals what must be readable again, such as client secrets. */
export interface KeyFile {
  /** `context` binds the sealed bytes to their place: they open only with the same one. */
  seal(secret: string, context: string): Uint8Array;
  /** Throws a `KeyFileError` when the bytes were changed or sealed under another key or context. */
  open(sealed: Uint8Array, context: string): string;
}

export class KeyFileError extends Error {
  readonly code: "key_file_open_to_others" | "key_file_damaged" | "sealed_secret_unreadable";
  constructor(code: KeyFileError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KeyFileError";
    this.code = code;
  }
}

/** Opens `secret.key` in the data folder, making it with mode 0600 the first time; throws a `KeyFileError` when others can read it. */
export function openKeyFile(dataDir: string): KeyFile {
  const key = readKey(join(dataDir, "secret.key"));
  return {
    seal(secret, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
      return new Uint8Array(Buffer.concat([Buffer.of(FORMAT), nonce, cipher.getAuthTag(), body]));
    },
    open(sealed, context) {
      try {
        if (sealed[0] !== FORMAT) throw new Error(`sealed format ${sealed[0]}, expected ${FORMAT}`);
        const tagAt = 1 + NONCE_BYTES;
        const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(1, tagAt))
          .setAAD(Buffer.from(context))
          .setAuthTag(sealed.subarray(tagAt, tagAt + TAG_BYTES));
        return decipher.update(sealed.subarray(tagAt + TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
      } catch (cause) {
        throw new KeyFileError(
          "sealed_secret_unreadable",
          "A sealed secret cannot be opened: it was changed, or secret.key is not the one it was sealed under. Restore secret.key from the backup.",
          { cause },
        );
      }
    },
  };
}

function readKey(path: string): Buffer {
  const existing = tryRead(path);
  if (existing) return existing;
  // Written aside and linked into place, so that a crash leaves no half a key and two starters agree on one.
  const draft = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  const file = openSync(draft, "wx", 0o600);
  try {
    writeSync(file, `${randomBytes(KEY_BYTES).toString("base64")}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    unlinkSync(draft);
  }
  const key = tryRead(path);
  if (!key) throw new KeyFileError("key_file_damaged", `${path} vanished while it was being made.`);
  return key;
}

function tryRead(path: string): Buffer | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0) {
    throw new KeyFileError(
      "key_file_open_to_others",
      `${path} can be read by other users of this machine; expected mode 0600. Run: chmod 600 ${path}`,
    );
  }
  const key = Buffer.from(text.trim(), "base64");
  if (key.length !== KEY_BYTES) {
    throw new KeyFileError(
      "key_file_damaged",
      `${path} holds ${key.length} bytes of key, expected ${KEY_BYTES}. Restore it from the backup; without it client secrets must be made anew.`,
    );
  }
  return key;
}
