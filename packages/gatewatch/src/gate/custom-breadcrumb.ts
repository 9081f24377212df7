import type { Breadcrumb } from "@gatewatch/protocol";

/** A breadcrumb as an app writes it. */
export interface CustomBreadcrumb {
  message: string;
  level?: Breadcrumb["level"];
  data?: Breadcrumb["data"];
  /** @default "custom" */
  category?: Breadcrumb["category"];
}

/** Stamped with the present. */
export function buildBreadcrumb(given: CustomBreadcrumb | string): Breadcrumb {
  const { message, level, data, category = "custom" } = typeof given === "string" ? { message: given } : given;
  const crumb: Breadcrumb = { time: Date.now(), category, message: String(message) };
  if (level !== undefined) crumb.level = level;
  if (data !== undefined) crumb.data = data;
  return crumb;
}
