/** Where the gate says what is wrong with itself. Must not throw. */
export type WriteNotice = (notice: Notice) => void;

export interface Notice {
  level: "info" | "warn" | "error";
  /** Stable, for example `hook_failed`. */
  code: string;
  message: string;
  error?: unknown;
}
