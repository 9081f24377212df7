import type { ErrorEvent } from "@gatewatch/protocol";
import { addIntakeRoute, ANY_TYPE } from "../add-intake-route.ts";
import { admitBearer } from "../admit-client.ts";
import { MAX_ANALYZE_BYTES } from "../analyze-error-decoder.ts";
import { analyseWithin } from "../instant-analysis.ts";
import type { ClientLanguage } from "../language.ts";
import { sendApiFailures } from "../send-api-failures.ts";
import { addAgentRoutes } from "./agent-routes.ts";
import { createAgentDecoders } from "./create-agent-decoders.ts";

/** The language of middlewares that send single errors to an AI agent and expect its analysis in the answer, and of such agents' own clients. */
export const agentLanguage: ClientLanguage = {
  name: "agent",
  createDecoders: createAgentDecoders,
  register(scope, parts) {
    const { deps, receiver } = parts;
    // Failures have a shape of their own there.
    void scope.register(async (steps) => addAgentRoutes(steps, parts));
    sendApiFailures(scope, deps);
    addIntakeRoute(scope, deps, {
      url: "/api/v1/analyze-error",
      bodyLimit: MAX_ANALYZE_BYTES,
      accepts: ANY_TYPE,
      admit: (request) => admitBearer(request, deps),
      async handle(body, _request, client) {
        const { decoded } = await receiver.receive("analyzeError", body, client);
        const event = decoded.batch.events![0] as ErrorEvent;
        const analysis = await analyseWithin(() => deps.analyseInstantly(event, client.projectId), deps.reportFailure);
        return { status: "received", id: event.id, analysis };
      },
    });
  },
};
