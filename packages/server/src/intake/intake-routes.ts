import type { FastifyInstance } from "fastify";
import type { IntakeDeps } from "./intake-deps.ts";
import { LANGUAGES } from "./languages.ts";
import type { BatchReceiver } from "./receive-batch.ts";

/** Registers the routes of every language; every 2xx follows the journal. */
export function registerIntakeRoutes(app: FastifyInstance, deps: IntakeDeps, receiver: BatchReceiver): void {
  for (const language of LANGUAGES) {
    void app.register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
      language.register(scope, { deps, receiver });
    });
  }
}
