/** Bounds of what clients may upload of their builds. */
export const UPLOAD_LIMITS = {
  /** Of one part, unpacked. */
  chunkBytes: 2 * 1024 * 1024,
  chunksPerRequest: 4,
  /** Of all parts of a project that no bundle has been made of yet. */
  waitingBytes: 256 * 1024 * 1024,
  /** Of one bundle. */
  bundleBytes: 128 * 1024 * 1024,
  filesPerBundle: 10_000,
  /** Of one file of a bundle, unpacked. */
  fileBytes: 48 * 1024 * 1024,
  /** Of all files of a bundle, unpacked. */
  unpackedBytes: 768 * 1024 * 1024,
  /** Of all kept files of a project, packed; the oldest go first. */
  projectBytes: 512 * 1024 * 1024,
  projectFiles: 20_000,
} as const;

/** A part of an upload. */
export interface UploadChunk {
  /** SHA-1 of the body, 40 lower-case hex digits. */
  digest: string;
  body: Uint8Array;
}

/** A bundle that is to be put together of parts that were uploaded before. */
export interface BundleOrder {
  projectId: number;
  /** SHA-1 of the whole, 40 lower-case hex digits. */
  checksum: string;
  /** SHA-1 of each part, in order. */
  chunks: readonly string[];
  /** Win over what the bundle says of itself. */
  release: string | null;
  dist: string | null;
}

export type BundleOutcome =
  | { state: "ok" }
  | { state: "not_found"; missing: string[] }
  | { state: "error"; detail: string };

/** What clients that upload their builds may ask for. */
export interface UploadVerbs {
  /** Where people reach the server, when the owner said so. */
  readonly publicUrl: string | null;
  /** The project as these clients name it; null when it is gone. */
  findProject(projectId: number): Promise<{ slug: string; name: string } | null>;
  /** Keeps parts for a day. @throws ApiError `payload_too_large` when too many of the project's parts wait. */
  putChunks(projectId: number, chunks: readonly UploadChunk[]): Promise<void>;
  /** Puts a bundle together and keeps its scripts and source maps. The same order may come again, also while it is carried out. */
  assemble(order: BundleOrder): Promise<BundleOutcome>;
}
