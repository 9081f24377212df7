/** Sentences with `code` in backticks, as text; nothing in them is ever markup. Quotes beyond `quoteMax` characters are cut. */
export function Prose({ text, quoteMax, className }: { text: string; quoteMax?: number; className?: string }) {
  const blocks = text.split(/```(?:\w*\n)?/);
  return (
    <div className={`break-words whitespace-pre-line ${className ?? ""}`}>
      {blocks.map((block, index) =>
        index % 2 === 1 ? (
          <code
            key={index}
            tabIndex={0}
            className="my-1.5 block overflow-x-auto rounded-md bg-sunk px-2.5 py-2 font-mono text-small whitespace-pre"
          >
            {block.replace(/\n$/, "")}
          </code>
        ) : (
          block.split(/(`[^`]+`)/).map((part, at) =>
            part.length > 2 && part.startsWith("`") ? (
              <code key={at} className="rounded-sm bg-sunk px-1 font-mono text-[0.92em]">
                {clip(part.slice(1, -1), quoteMax)}
              </code>
            ) : (
              part
            ),
          )
        ),
      )}
    </div>
  );
}

function clip(code: string, max = Infinity): string {
  return code.length > max ? `${code.slice(0, max - 1)}…` : code;
}
