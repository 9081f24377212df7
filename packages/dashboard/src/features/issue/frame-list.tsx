import { UNMAPPED_REASONS, type StackFrame } from "@gatewatch/protocol";
import { Icon } from "../../components/icon.tsx";
import { frameAnchor } from "./anchors.ts";
import { CodeLines } from "./code-lines.tsx";
import { foldFrames } from "./fold-frames.ts";

/** Frames of the app in sight, the one numbered `open` with its source; frames of others folded away. */
export function FrameList(props: { frames: StackFrame[]; exception: number; open: number | null }) {
  const runs = foldFrames(props.frames);
  return (
    <ol className="panel rule overflow-hidden">
      {runs.map((run) =>
        run.kind === "app" ? (
          <li key={run.index}>
            <FrameView
              frame={run.frame}
              id={frameAnchor(props.exception, run.index)}
              open={run.index === props.open}
              strong
            />
          </li>
        ) : (
          <li key={`other ${run.frames[0]?.index}`}>
            <details className="group/run">
              <summary className="flex h-8 cursor-pointer list-none items-center gap-2 px-3 text-small text-muted -outline-offset-2 hover:bg-hover">
                <Icon name="right" size={12} className="transition-transform group-open/run:rotate-90" />
                <span className="clip">
                  {run.frames.length === 1 ? "1 frame" : `${run.frames.length} frames`} of {run.name}
                </span>
              </summary>
              <ol className="rule border-t border-line bg-sunk">
                {run.frames.map(({ frame, index }) => (
                  <li key={index}>
                    <FrameView frame={frame} id={frameAnchor(props.exception, index)} open={false} strong={false} />
                  </li>
                ))}
              </ol>
            </details>
          </li>
        ),
      )}
    </ol>
  );
}

function FrameView(props: { frame: StackFrame; id: string; open: boolean; strong: boolean }) {
  const { frame, id, open, strong } = props;
  const place = (
    <>
      <span className={`clip font-mono text-small ${strong ? "font-medium" : "text-muted"}`}>
        {frame.file}
        {frame.line !== undefined && (
          <span className="text-faint">
            :{frame.line}
            {frame.column !== undefined && `:${frame.column}`}
          </span>
        )}
      </span>
      {frame.function && (
        <span className="clip min-w-16 text-small text-muted">
          in <span className="font-mono">{frame.function}</span>
        </span>
      )}
    </>
  );
  if (!frame.context) {
    return (
      <div id={id}>
        <div className="flex h-8 items-center gap-2 pr-3 pl-8">{place}</div>
        <MapNote frame={frame} />
      </div>
    );
  }
  return (
    <details open={open} className="group/frame">
      <summary
        id={id}
        className="flex h-8 cursor-pointer list-none items-center gap-2 px-3 -outline-offset-2 hover:bg-hover"
      >
        <Icon name="right" size={12} className="text-muted transition-transform group-open/frame:rotate-90" />
        {place}
      </summary>
      <MapNote frame={frame} />
      <CodeLines context={frame.context} line={frame.line} file={frame.file} />
    </details>
  );
}

/** Where a mapped frame stood in the script, or why a frame of a script was not mapped. */
function MapNote({ frame: { generated, unmapped } }: { frame: StackFrame }) {
  if (unmapped === undefined && generated === undefined) return null;
  return (
    <p className="-mt-1 pr-3 pb-1.5 pl-8 text-small break-words text-faint">
      {unmapped === undefined ? (
        <>
          built as <span className="font-mono">{generated}</span>
        </>
      ) : (
        UNMAPPED_REASONS[unmapped]
      )}
    </p>
  );
}
