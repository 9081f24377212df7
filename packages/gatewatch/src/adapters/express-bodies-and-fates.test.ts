import { createServer } from "node:http";
import { Readable } from "node:stream";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import type { Gatewatch } from "../create-gatewatch.ts";
import { testBodyContract } from "./contract/body-contract.ts";
import { testFatesContract } from "./contract/fates-contract.ts";
import { testNativeContract } from "./contract/native-contract.ts";
import { gatewatch } from "./express.ts";

const WAYS: [string, (app: Express, core: Gatewatch) => void][] = [
  ["Express, app.use(gatewatch())", (app, core) => void app.use(gatewatch(core))],
  ["Express, gatewatch(app)", (app, core) => void gatewatch(app, core)],
];

for (const [name, guard] of WAYS) {
  const createApp = (core: Gatewatch | undefined): Express => {
    const app = express();
    app.set("env", "test");
    if (core !== undefined) guard(app, core);
    return app;
  };
  const raw = {
    name,
    route: "/{*path}",
    createServer(
      handle: (request: Request, response: Response) => unknown,
      core: Gatewatch | undefined,
      handedOn: (error: unknown) => void,
    ) {
      const app = createApp(core);
      app.all("/{*path}", (request, response) => handle(request, response));
      // Express takes handlers with four parameters for error handlers.
      app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
        handedOn(error);
        if (response.headersSent) next(error);
        else response.status(500).end("sorry");
      });
      return createServer(app);
    },
  };
  testBodyContract(raw as Parameters<typeof testBodyContract>[0]);
  testFatesContract(raw as Parameters<typeof testFatesContract>[0]);
  testNativeContract({
    name,
    route: "/items/:id",
    errorStatus: 500,
    createServer(answer, core) {
      const app = createApp(core);
      app.get("/items/:id", async (_request, response) => {
        const body = await answer();
        if (body instanceof Readable) body.pipe(response);
        else response.send(body);
      });
      return createServer(app);
    },
  });
}
