import { expect, it } from "vitest";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { Gatewatch } from "../create-gatewatch.ts";
import { testLayersContract } from "./contract/layers-contract.ts";
import { callOf, deliver } from "./contract/layers-contract/answer-node.ts";
import type { App, AppAnswer } from "./contract/layers-contract/target.ts";
import { createController, createRoot, loadNest, type Nest } from "./contract/nest-driver.ts";
import { stageExample } from "./contract/stage-example.ts";
import { guard } from "./nest.ts";

/** The response of either platform, as far as both are alike. */
interface PlatformReply {
  status(code: number): this;
  header(name: string, value: string | string[]): this;
  send(body: unknown): unknown;
}

function send(reply: PlatformReply, { status = 200, headers = {}, body }: AppAnswer): void {
  reply.status(status);
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  // Express has no means of its own for streams, and streams are what it is.
  if (body instanceof Readable && "pipe" in reply) body.pipe(reply as never);
  else reply.send(body);
}

async function start(nest: Nest, core: Gatewatch, { routes, onError }: App) {
  const { common } = nest;
  const handlers: Parameters<typeof createController>[1] = {};
  const decorate: NonNullable<Parameters<typeof createController>[2]> = {};
  for (const { method, path, guard: options, answer } of routes) {
    const name = `${method === "GET" ? "Get" : "Post"} ${path.slice(1)}`;
    handlers[name] = (request: IncomingMessage, _response, reply) => {
      const id = (request.url ?? "").split("?", 1)[0]!.split("/").at(-1)!;
      return deliver(answer(callOf(request, id)), (given) => send(reply as unknown as PlatformReply, given));
    };
    if (options !== undefined) decorate[name] = [common["UseGuards"]!(guard(options))];
  }
  const controller = createController(nest, handlers, decorate);
  const app = await nest.createApp(createRoot(nest, [controller], core), { bodyParser: false });
  if (onError !== undefined) {
    app.useGlobalFilters({
      catch(error: unknown, host: { switchToHttp(): { getResponse(): PlatformReply } }) {
        send(host.switchToHttp().getResponse(), onError(error));
      },
    });
  }
  if (nest.platform === "fastify") leaveBodies(app.getHttpAdapter().getInstance() as FastifyInstance);
  await app.init();
  if (nest.platform === "fastify") await (app.getHttpAdapter().getInstance() as FastifyInstance).ready();
  return app.getHttpServer();
}

interface FastifyInstance {
  ready(): Promise<void>;
  removeAllContentTypeParsers(): void;
  addContentTypeParser(type: string, parse: (q: unknown, p: unknown, done: (e: null) => void) => void): void;
}

/** The handlers read the request themselves. */
function leaveBodies(instance: FastifyInstance): void {
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser("*", (_request, _payload, done) => done(null));
}

for (const [major, example] of [
  ["Nest 11", "nest-11"],
  ["Nest 12", "nest"],
] as const) {
  const staged = stageExample(example);
  const reason = "reason" in staged ? ` (cannot be had: ${staged.reason})` : "";
  it.skipIf("reason" in staged)(`${major} is there${reason}`, () => expect(staged).toHaveProperty("folder"));
  if ("reason" in staged) continue;
  for (const platform of ["express", "fastify"] as const) {
    const nest = await loadNest(staged.folder, platform);
    testLayersContract({ name: `${major} on ${platform}`, start: (core, app) => start(nest, core, app) });
  }
}
