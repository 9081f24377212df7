import type * as Http from "node:http";

/** Node's `http` without its WebSocket client: an `import` of its values would load that too, which takes 20 ms of an app's start. */
export const { IncomingMessage, ServerResponse } = process.getBuiltinModule("node:http") as typeof Http;
