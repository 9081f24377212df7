import type { Gatewatch, GatewatchOptions } from "../../create-gatewatch.ts";
import { isControlFlow } from "./control-flow.ts";
import { openHost } from "./next-host.ts";

/** Sees what leaves the handler; a layer may answer in the place of Next where the handler gives a `Response`. */
export function watchHandler(
  options: GatewatchOptions | Gatewatch | undefined,
  proceed: () => unknown,
  mayAnswer: boolean,
): unknown {
  let result: unknown;
  try {
    result = proceed();
  } catch (error) {
    return mayAnswer || isControlFlow(error) ? see(options, error, "throw", mayAnswer) : seeThrown(options, error);
  }
  if (!(result instanceof Promise)) return result;
  return result.catch((error: unknown) => see(options, error, "rejection", mayAnswer));
}

function seeThrown(options: GatewatchOptions | Gatewatch | undefined, error: unknown): never {
  void openHost(options).fail(error, "throw", {});
  throw error;
}

async function see(
  options: GatewatchOptions | Gatewatch | undefined,
  error: unknown,
  mechanism: "throw" | "rejection",
  mayAnswer: boolean,
): Promise<unknown> {
  const host = openHost(options);
  if (mayAnswer) {
    const response = await host.answer(error, mechanism);
    if (response !== undefined) return response;
  } else await host.fail(error, mechanism, {});
  throw error;
}
