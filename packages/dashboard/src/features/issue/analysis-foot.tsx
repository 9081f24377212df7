import type { Analysis } from "@gatewatch/protocol";
import { Ago } from "../../components/ago.tsx";
import { Button } from "../../components/button.tsx";
import { formatCount, formatDuration } from "../../lib/format.ts";

/** When it was made, what it cost, and the way on to a coding agent. */
export function AnalysisFoot({ analysis, onCopy }: { analysis: Analysis | null; onCopy: () => void }) {
  const usage = analysis?.usage;
  return (
    <footer className="flex items-center gap-2 border-t border-line bg-sunk py-1 pr-1.5 pl-3.5 text-small text-muted">
      <span className="clip flex-1">
        {analysis && <Ago time={analysis.createdAt} suffix />}
        {usage && ` · ${formatDuration(usage.ms)} · ${formatCount(usage.inputTokens + usage.outputTokens)} tokens`}
        {usage && usage.costUsd > 0 && ` · $${usage.costUsd.toFixed(usage.costUsd < 0.1 ? 4 : 2)}`}
      </span>
      <Button tone="quiet" icon="copy" onClick={onCopy}>
        Copy as prompt
      </Button>
    </footer>
  );
}
