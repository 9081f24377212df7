/** Why a frame of a generated script stands where the script has it, and not where its source does; in words for people. */
export const UNMAPPED_REASONS = {
  no_identity: "The script has no debug id, and the event no release: no source map can be looked for.",
  unknown_debug_id: "No uploaded file has this debug id.",
  unknown_path: "No uploaded file of this release has this path.",
  no_map: "The script was uploaded without its source map.",
  unreadable_map: "The uploaded source map cannot be read.",
  no_position: "The source map says nothing of this position.",
  over_limit:
    "The source map is larger than what is read, alone or with the others that are needed at the same moment.",
} as const;
export type UnmappedReason = keyof typeof UNMAPPED_REASONS;
