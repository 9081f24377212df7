import type { Json, StoredErrorEvent } from "@gatewatch/protocol";
import type { ReactNode } from "react";
import { Redactable } from "../../components/redactable.tsx";
import { REQUEST_ANCHOR } from "./anchors.ts";

type Fields = [name: string, value: string][];

/** The request as the app saw it; what was redacted is shown as such. */
export function RequestView({ stored }: { stored: StoredErrorEvent }) {
  const { request, user, attributes, custom } = stored.event;
  return (
    <div className="flex flex-col gap-4">
      {request ? (
        <>
          <p id={REQUEST_ANCHOR} className="panel px-3 py-2 font-mono text-small break-all">
            <span className="font-semibold">{request.method}</span> <Redactable text={request.url} />
            {request.status !== undefined && <span className="text-muted"> → {request.status}</span>}
          </p>
          <Part name="Query" fields={toFields(request.query)} />
          <Part name="Headers" fields={toFields(request.headers)} />
          {request.body !== undefined && (
            <Section name={`Body${request.contentType ? `, ${request.contentType}` : ""}`}>
              <pre className="panel max-h-96 overflow-auto p-3 font-mono text-small" tabIndex={0}>
                <Redactable text={show(request.body)} />
              </pre>
            </Section>
          )}
          <Part
            name="Client"
            fields={[
              ...(request.client ? ([["address", request.client]] as Fields) : []),
              ...(request.userAgent ? ([["agent", request.userAgent]] as Fields) : []),
            ]}
          />
        </>
      ) : (
        <p className="text-muted">This error did not happen inside a request.</p>
      )}
      <Part name="User" fields={user ? toFields({ ...user }) : []} />
      <Part name="Attributes" fields={toFields(attributes ?? {})} />
      <Part name="Custom" fields={toFields(custom ?? {})} />
      <Part
        name="Process"
        fields={toFields({ release: stored.release, environment: stored.environment, host: stored.host })}
      />
    </div>
  );
}

function show(value: Json | undefined): string {
  return typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
}

function toFields(values: Record<string, Json | undefined>): Fields {
  return Object.entries(values).flatMap(([name, value]) =>
    value === null || value === undefined
      ? []
      : [[name, Array.isArray(value) ? value.map((item) => show(item)).join(", ") : show(value)] as [string, string]],
  );
}

function Part({ name, fields }: { name: string; fields: Fields }) {
  if (fields.length === 0) return null;
  return (
    <Section name={name}>
      <dl className="panel rule overflow-hidden">
        {fields.map(([key, value]) => (
          <div key={key} className="grid gap-x-4 px-3 py-1 sm:grid-cols-[11rem_minmax(0,1fr)]">
            <dt className="clip text-small text-muted" title={key}>
              {key}
            </dt>
            <dd className="font-mono text-small break-words whitespace-pre-wrap">
              <Redactable text={value} />
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

function Section({ name, children }: { name: string; children: ReactNode }) {
  return (
    <section>
      <h2 className="heading pb-1">{name}</h2>
      {children}
    </section>
  );
}
