import { testBodyContract } from "./body-contract.ts";
import { type AdapterDriver, testExchangeContract } from "./exchange-contract.ts";
import { testFatesContract } from "./fates-contract.ts";
import { type NativeDriver, testNativeContract } from "./native-contract.ts";

/**
 * Everything that an adapter over Node's `IncomingMessage` and `ServerResponse` must do. A framework's test file has two drivers:
 *
 * - `raw`: an app that hands Node's own request and response to `handle`, on every path and method, with an error handler that calls
 *   `handedOn`, answers 500, and cuts the connection once the head is sent. `route` is the template of that one route.
 * - `native`: an app with the one route `/items/:id` that sends what `answer` returns by the framework's own means, without an error
 *   handler. Left out where there is no framework.
 */
export function testNodeAdapter(raw: AdapterDriver, native?: NativeDriver): void {
  testExchangeContract(raw);
  testBodyContract(raw);
  testFatesContract(raw);
  if (native !== undefined) testNativeContract(native);
}
