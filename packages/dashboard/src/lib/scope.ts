import type { SessionAnswer } from "@gatewatch/protocol";
import { createContext, useContext } from "react";
import type { TimeRange } from "./time-range.ts";

/** What every screen is about: who looks, at which project, over which span. */
export interface Scope {
  session: SessionAnswer;
  project: number;
  range: TimeRange;
}

export const ScopeContext = createContext<Scope | null>(null);

/** Only below the signed-in frame, which always provides it. */
export function useScope(): Scope {
  const scope = useContext(ScopeContext);
  if (!scope) throw new Error("useScope() is for screens inside the signed-in frame.");
  return scope;
}
