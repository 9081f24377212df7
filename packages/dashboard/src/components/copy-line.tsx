import { useState } from "react";
import { Button } from "./button.tsx";

/** A line to paste, with the button that copies it. */
export function CopyLine({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <div className="flex items-center gap-1 rounded-md border border-line bg-sunk py-1 pr-1 pl-3 text-left">
      <code className="flex-1 overflow-x-auto font-mono text-small whitespace-nowrap" tabIndex={0}>
        {text}
      </code>
      <Button
        tone="quiet"
        icon={copied ? "check" : "copy"}
        aria-label={copied ? "Copied" : label}
        onClick={() => {
          void navigator.clipboard?.writeText(text).then(() => setCopied(true));
        }}
      />
    </div>
  );
}
