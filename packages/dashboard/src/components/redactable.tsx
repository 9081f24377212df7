const MARK = /(\[(?:REDACTED|Filtered|Body too large: [\d,]+ bytes)\])/;

/** Text from an event; what was taken out of it for safety stands as a chip. */
export function Redactable({ text }: { text: string }) {
  return text.split(MARK).map((part, index) =>
    index % 2 === 1 ? (
      <span
        key={index}
        title="Taken out before it left your app"
        className="tint rounded-sm px-1 font-sans text-tiny font-semibold text-violet"
      >
        {part === "[REDACTED]" || part === "[Filtered]" ? "redacted" : part.slice(1, -1)}
      </span>
    ) : (
      part
    ),
  );
}
