import type { Attributes, Resource } from "@gatewatch/protocol";
import { TRUNCATED_LENGTHS } from "@gatewatch/protocol/schema/field-limits";
import type { TextCleaner } from "../clean-text.ts";
import { textOf } from "./attribute-values.ts";

/** What every SDK says that was told no name. */
const UNNAMED = /^unknown_service(?::|$)/;

/** The resource of OpenTelemetry as that of a batch: https://opentelemetry.io/docs/specs/semconv/resource/ */
export function readResource(attributes: Attributes, cleaner: TextCleaner): Resource {
  const label = (...names: string[]): string | undefined => {
    const text = textOf(attributes, TRUNCATED_LENGTHS.resource, ...names);
    return text === undefined ? undefined : cleaner.text(text);
  };
  const resource: Resource = {};
  const service = label("service.name");
  if (service !== undefined && !UNNAMED.test(service)) resource.service = service;
  const environment = label("deployment.environment.name", "deployment.environment");
  if (environment !== undefined) resource.environment = environment;
  const release = label("service.version");
  if (release !== undefined) resource.release = release;
  const host = label("host.name", "k8s.pod.name", "container.id");
  if (host !== undefined) resource.host = host;
  const runtime = label("process.runtime.name", "telemetry.sdk.language");
  const version = label("process.runtime.version");
  if (runtime !== undefined) resource.runtime = version === undefined ? runtime : `${runtime} ${version}`;
  const pid = attributes["process.pid"];
  if (Number.isSafeInteger(pid) && (pid as number) >= 0) resource.pid = pid as number;
  const sdk = label("telemetry.sdk.name");
  if (sdk !== undefined) resource.sdk = { name: sdk, version: label("telemetry.sdk.version") ?? "unknown" };
  return resource;
}
