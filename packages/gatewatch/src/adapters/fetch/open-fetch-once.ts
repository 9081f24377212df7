import { bindExchange, exchangeOf } from "../../gate/context.ts";
import { FetchExchange } from "../../gate/fetch/fetch-exchange.ts";
import { type FetchPlatform, readPlatform } from "../../gate/fetch/fetch-platform.ts";
import { tryOpenFetch } from "../../gate/fetch/pass-fetch.ts";
import { targetOf } from "../../gate/fetch/target-of.ts";
import type { GateCore } from "../../gate/gate-core.ts";
import { createInertFacts } from "../../gate/inert-facts.ts";
import { type AppFacts, RequestHandle } from "../../gate/request-handle.ts";

/** What the adapters of the Fetch family need of Gatewatch. */
export interface FetchCore extends GateCore {
  flush(): Promise<unknown>;
}

interface HandledRequest {
  gatewatch?: RequestHandle;
}

/**
 * The exchange of this request when it is new and not skipped; `request.gatewatch` is there in any case. Never throws.
 * @param rest what the runtime hands to a fetch handler after the request.
 */
export function openFetchOnce(core: FetchCore, request: Request, rest: readonly unknown[]): FetchExchange | undefined {
  let x: FetchExchange | undefined;
  try {
    if (exchangeOf(request) !== undefined) return undefined;
    const platform = readPlatform(request, rest);
    const outer = platform.incoming as (HandledRequest & object) | undefined;
    // Served within an app that Gatewatch watches already.
    const outerExchange = outer?.gatewatch === undefined ? undefined : exchangeOf(outer);
    if (outerExchange !== undefined) {
      (request as HandledRequest).gatewatch = outer!.gatewatch!;
      bindExchange(request, outerExchange);
      return undefined;
    }
    if (!core.gate.isSkipped(request.method, platform.incoming?.url ?? targetOf(request.url)))
      x = tryOpenFetch(core, request, platform);
    const handle = new RequestHandle(x ?? makeFacts(core, request, platform), core.recorder, core.metrics);
    (request as HandledRequest).gatewatch = handle;
    const { waitUntil } = platform;
    if (x !== undefined && waitUntil !== undefined) x.afterFinish = () => waitUntil(core.flush());
  } catch (error) {
    core.gate.guard.failed("exchange", "handle", error);
  }
  return x;
}

/** Facts set on a request that passes by unseen go nowhere, but setting them must work. */
function makeFacts(core: FetchCore, request: Request, platform: FetchPlatform): AppFacts {
  try {
    return new FetchExchange(core.gate, request, platform);
  } catch {
    return createInertFacts();
  }
}
