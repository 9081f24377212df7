import { WIRE_LIMITS } from "@gatewatch/protocol";
import { addIntakeRoute, JSON_TYPES } from "../add-intake-route.ts";
import { admitBearer } from "../admit-client.ts";
import type { ClientLanguage } from "../language.ts";
import { createNativeDecoder } from "../native-decoder.ts";
import { sendApiFailures } from "../send-api-failures.ts";

/** The language of this project's own middleware; its WebSocket stands in `stream.ts`. */
export const nativeLanguage: ClientLanguage = {
  name: "native",
  createDecoders: (redaction) => ({ native: createNativeDecoder(redaction) }),
  register(scope, { deps, receiver }) {
    sendApiFailures(scope, deps);
    addIntakeRoute(scope, deps, {
      url: "/v1/events",
      bodyLimit: WIRE_LIMITS.maxBatchBytes,
      accepts: JSON_TYPES,
      admit: (request) => admitBearer(request, deps),
      handle: async (body, _request, client) => (await receiver.receive("native", body, client)).answer,
    });
  },
};
