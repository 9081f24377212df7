/**
 * - `snapshot_truncated`: shorter or longer than it says it is.
 * - `snapshot_corrupt`: the checksum does not match.
 * - `snapshot_kind`: the state of something else.
 * - `snapshot_version`: written by another version.
 * - `snapshot_invalid`: whole, yet with a value that no detector writes.
 */
export type SnapshotErrorCode =
  | "snapshot_truncated"
  | "snapshot_corrupt"
  | "snapshot_kind"
  | "snapshot_version"
  | "snapshot_invalid";

/** A snapshot that is refused whole: nothing of it has been taken over. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
  readonly code: SnapshotErrorCode;

  constructor(code: SnapshotErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
