import type { AnalystProvider } from "../model/analyst.ts";
import { anthropicDialect } from "./providers/anthropic.ts";
import { createModelProvider } from "./providers/create-model-provider.ts";
import { openaiDialect } from "./providers/openai.ts";
import type { TokenPrice } from "./providers/price-table.ts";

/** Every model dialect, with the vendor's own address. One more is one file and one line here. */
const DIALECTS = {
  anthropic: { dialect: anthropicDialect, baseUrl: "https://api.anthropic.com" },
  openai: { dialect: openaiDialect, baseUrl: "https://api.openai.com/v1" },
} as const;

export interface AnalystSettings {
  analyst: "rules" | keyof typeof DIALECTS;
  /** Base address of the model's API; null for the vendor's own. */
  analystUrl: string | null;
  analystModel: string | null;
  analystKey: string | null;
  prices?: Record<string, TokenPrice>;
}

/** The provider that the settings ask for; null when the rules are to explain alone. Throws when a model is wanted but not named. */
export function createAnalystProvider(settings: AnalystSettings): AnalystProvider | null {
  const { analyst, analystUrl, analystModel, analystKey, prices } = settings;
  if (analyst === "rules") return null;
  if (analystModel === null)
    throw new Error(`The analyst "${analyst}" needs the name of a model: set GATEWATCH_ANALYST_MODEL.`);
  const { dialect, baseUrl } = DIALECTS[analyst];
  return createModelProvider({
    dialect,
    baseUrl: analystUrl ?? baseUrl,
    model: analystModel,
    key: analystKey,
    ...(prices === undefined ? {} : { prices }),
  });
}
