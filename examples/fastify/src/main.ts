import Fastify from "fastify";
import { gatewatch, guard } from "gatewatch/fastify";

const app = Fastify();
await app.register(gatewatch);

const notes = new Map([["1", "Water the plants"]]);

app.get<{ Params: { id: string } }>("/notes/:id", async (request) => {
  request.gatewatch.set("note", request.params.id);
  // Planted bug: a note that is not there.
  return { text: notes.get(request.params.id)!.toUpperCase() };
});

const fewer = guard({ rateLimit: { limit: 5, windowMs: 60_000 } });
app.post<{ Body: { text: string } }>("/notes", { preHandler: fewer }, async (request, reply) => {
  const id = String(notes.size + 1);
  notes.set(id, request.body.text);
  return reply.code(201).send({ id });
});

app.setErrorHandler(async (_error, _request, reply) => reply.code(500).send({ sorry: true }));

const address = await app.listen({ port: Number(process.env.PORT ?? 0), host: "127.0.0.1" });
process.stdout.write(`notes listening on ${address}\n`);
