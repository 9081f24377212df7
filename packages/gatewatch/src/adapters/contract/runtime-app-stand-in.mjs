// A small app on the built package, for Bun and for Deno; its test starts it. Plain JavaScript: the runtimes agree on nothing else.
const [kind] = "Bun" in globalThis ? process.argv.slice(2) : Deno.args;
const load = async (file) => await import(new URL(`../../../dist/${file}`, import.meta.url).href);
const { createGatewatch, currentExchange } = await load("index.mjs");

const lines = [];
const events = [];
const write = (text, { req, res } = {}) => void lines.push({ text, url: req?.url, route: req?.route, ...res });
const core = createGatewatch({
  environment: "production",
  logger: { info: write, warn: write, error: write },
  sinks: [(event) => void events.push(event)],
});

const encode = (text) => new TextEncoder().encode(text);

/** Pieces in turns of their own; after `hold` nothing comes any more. */
function streamOf(...pieces) {
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      const piece = pieces.shift();
      if (piece === undefined) controller.close();
      else if (piece === "hold") await new Promise(() => undefined);
      else controller.enqueue(encode(piece));
    },
  });
}

async function answer(request) {
  switch (new URL(request.url).pathname) {
    case "/peer":
      return Response.json({ peer: currentExchange()?.peer });
    case "/fail":
      throw new Error("planted failure");
    case "/stream":
      return new Response(streamOf("one ", "two ", "three"));
    case "/hold":
      return new Response(streamOf("begin", "hold"));
    case "/echo":
      return new Response(await request.text());
    case "/big":
      return new Response("x".repeat(10_000), { headers: { "Content-Type": "text/plain" } });
    case "/facts":
      return Response.json({ lines, events });
    default:
      return new Response("whole");
  }
}

async function openHandler() {
  if (kind === "fetch") return (await load("fetch.mjs")).gatewatch(answer, core);
  const { Hono } = await import("hono");
  const { gatewatch } = await load("hono.mjs");
  const app = new Hono().use(gatewatch(core));
  app.get("/items/:id", (context) => context.text(context.req.param("id")));
  app.all("/*", (context) => answer(context.req.raw));
  app.onError((_error, context) => context.text("sorry", 500));
  return app.fetch;
}

const fetch = await openHandler();
const where = { port: 0, hostname: "127.0.0.1" };
const tell = (port) => console.log(JSON.stringify({ port }));
if ("Bun" in globalThis) tell(Bun.serve({ ...where, fetch, error: () => new Response("sorry", { status: 500 }) }).port);
else Deno.serve({ ...where, onListen: ({ port }) => tell(port) }, fetch);
