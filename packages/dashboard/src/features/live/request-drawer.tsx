import type { LiveRequest } from "@gatewatch/protocol";
import type { ReactNode } from "react";
import { Link, useSearch } from "wouter";
import { Button } from "../../components/button.tsx";
import { CopyLine } from "../../components/copy-line.tsx";
import { Modal } from "../../components/modal.tsx";
import { formatDuration, formatMoment } from "../../lib/format.ts";
import { keepScope } from "../../lib/search-state.ts";
import { statusText, statusTone } from "./live-line.tsx";

/** One request in full. */
export function RequestDrawer({ row, onClose }: { row: LiveRequest; onClose: () => void }) {
  const scope = keepScope(useSearch());
  return (
    <Modal label="Request" onClose={onClose} side>
      <div className="flex h-full flex-col">
        <header className="flex h-11 items-center gap-2 border-b border-line pr-2 pl-4">
          <span className={statusTone(row)}>{statusText(row)}</span>
          <h2 className="clip flex-1 font-mono font-semibold">
            {row.method} {row.route ?? row.path}
          </h2>
          <Button tone="quiet" icon="close" aria-label="Close" onClick={onClose} />
        </header>
        <div className="flex flex-col gap-4 overflow-y-auto p-4">
          <dl className="grid grid-cols-[7rem_minmax(0,1fr)] gap-y-1.5">
            <Row name="When">{formatMoment(row.time)}</Row>
            <Row name="Path">
              <span className="font-mono text-small break-all">{row.path}</span>
            </Row>
            <Row name="Route">
              <span className="font-mono text-small break-all">{row.route ?? "none matched"}</span>
            </Row>
            <Row name="Taken">{row.durationMs === 0 ? "not told" : formatDuration(row.durationMs)}</Row>
            {row.userId && (
              <Row name="User">
                <span className="break-all">{row.userId}</span>
              </Row>
            )}
            {row.client && (
              <Row name="Client">
                <span className="font-mono text-small break-all">{row.client}</span>
              </Row>
            )}
          </dl>
          {row.requestId && (
            <div>
              <p className="heading pb-1">Request id</p>
              <CopyLine text={row.requestId} label="Copy the request id" />
            </div>
          )}
          {row.issueId !== null && (
            <Link
              href={`/issues/${row.issueId}${scope}`}
              className="panel flex items-center justify-between px-3 py-2 font-semibold hover:border-strong"
            >
              <span className="text-bad">This request failed</span>
              <span className="font-normal text-muted">Open issue {row.issueId}</span>
            </Link>
          )}
        </div>
      </div>
    </Modal>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}
