import type { AddressInfo } from "node:net";
import Koa from "koa";
import { gatewatch } from "gatewatch/koa";

const app = gatewatch(new Koa());

const notes = new Map([["1", "Water the plants"]]);

app.use(async (context, next) => {
  try {
    await next();
  } catch (error) {
    context.status = 500;
    context.body = { sorry: true };
    // Koa's own way to tell of an error that is answered.
    context.app.emit("error", error as Error, context);
  }
});

app.use(async (context) => {
  const id = /^\/notes\/([^/]+)$/.exec(context.path)?.[1];
  if (id === undefined) return;
  // With @koa/router the template is known without this line.
  context.gatewatch.route = "/notes/:id";
  // Planted bug: a note that is not there.
  context.body = { text: notes.get(id)!.toUpperCase() };
});

const server = app.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`notes listening on http://127.0.0.1:${port}\n`);
});
