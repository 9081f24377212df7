/** US dollars for a million tokens. */
export interface TokenPrice {
  input: number;
  output: number;
}

/**
 * List prices by the beginning of a model's name; the longest that fits wins, overrides of the same name replace.
 * Prices change: they bound the budget, the invoice is the vendor's.
 */
const PRICES: Record<string, TokenPrice> = {
  "claude-haiku": { input: 1, output: 5 },
  "claude-3-5-haiku": { input: 0.8, output: 4 },
  "claude-3-haiku": { input: 0.25, output: 1.25 },
  "claude-sonnet": { input: 3, output: 15 },
  "claude-opus": { input: 15, output: 75 },
  "gpt-4o-mini": { input: 0.15, output: 0.6 },
  "gpt-4o": { input: 2.5, output: 10 },
  "gpt-4.1-nano": { input: 0.1, output: 0.4 },
  "gpt-4.1-mini": { input: 0.4, output: 1.6 },
  "gpt-4.1": { input: 2, output: 8 },
  "gpt-5-nano": { input: 0.05, output: 0.4 },
  "gpt-5-mini": { input: 0.25, output: 2 },
  "gpt-5": { input: 1.25, output: 10 },
};

/** Dear enough that an unknown model never costs more than was reserved. */
const UNKNOWN: TokenPrice = { input: 15, output: 75 };
const FREE: TokenPrice = { input: 0, output: 0 };

/** The price of a model; a model on this machine or in a private network costs nothing. */
export function findPrice(model: string, baseUrl: string, overrides: Record<string, TokenPrice> = {}): TokenPrice {
  const table = { ...PRICES, ...overrides };
  const [best] = Object.keys(table)
    .filter((name) => model.startsWith(name))
    .toSorted((a, b) => b.length - a.length);
  if (best !== undefined) return table[best]!;
  return isOwnMachine(new URL(baseUrl).hostname) ? FREE : UNKNOWN;
}

function isOwnMachine(host: string): boolean {
  return (
    /^(?:localhost|\[::1\]|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/.test(host) ||
    /\.(?:local|internal)$/.test(host) ||
    !host.includes(".")
  );
}

export function priceOf(price: TokenPrice, inputTokens: number, outputTokens: number): number {
  return (price.input * inputTokens + price.output * outputTokens) / 1_000_000;
}
