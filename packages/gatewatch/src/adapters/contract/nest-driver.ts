import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Gatewatch } from "../../create-gatewatch.ts";
import { GatewatchModule } from "../nest.ts";

type Decorator = (...args: unknown[]) => void;
type DecoratorFactory = (...args: unknown[]) => Decorator;
type Class = new (...args: never[]) => object;

/** The app as Nest makes it, as far as the tests need it. */
export interface NestApp {
  init(): Promise<unknown>;
  close(): Promise<void>;
  useGlobalFilters(...filters: object[]): unknown;
  useGlobalGuards(...guards: object[]): unknown;
  use(...handlers: unknown[]): unknown;
  getHttpServer(): Server;
  getHttpAdapter(): { getInstance(): unknown };
}

/** One major of Nest, out of a folder where it is installed: no decorator's syntax is needed to use it. */
export interface Nest {
  platform: "express" | "fastify";
  /** @nestjs/common */
  common: Record<string, DecoratorFactory> & { ForbiddenException: Class; StreamableFile: Class };
  createApp(root: Class, options?: object): Promise<NestApp>;
}

export async function loadNest(folder: string, platform: Nest["platform"]): Promise<Nest> {
  const resolve = createRequire(join(folder, "package.json")).resolve;
  const load = async (name: string): Promise<Record<string, unknown>> =>
    (await import(pathToFileURL(resolve(name)).href)) as Record<string, unknown>;
  await load("reflect-metadata");
  const common = (await load("@nestjs/common")) as Nest["common"];
  const { NestFactory } = (await load("@nestjs/core")) as {
    NestFactory: { create(root: Class, adapter: object, options: object): Promise<NestApp> };
  };
  const [name, adapterName] =
    platform === "express"
      ? ["@nestjs/platform-express", "ExpressAdapter"]
      : ["@nestjs/platform-fastify", "FastifyAdapter"];
  const Adapter = (await load(name))[adapterName] as new () => object;
  return {
    platform,
    common,
    createApp: (root, options = {}) => NestFactory.create(root, new Adapter(), { logger: false, ...options }),
  };
}

/** A root module with these controllers, and Gatewatch when there is one. */
export function createRoot(
  { common }: Nest,
  controllers: readonly Class[],
  core: Gatewatch | undefined,
  providers: readonly object[] = [],
): Class {
  // oxlint-disable-next-line typescript/no-extraneous-class -- what it is for is said by its decorators
  class RootModule {}
  const imports = core === undefined ? [] : [GatewatchModule.forRoot(core)];
  common["Module"]!({ imports, controllers, providers })(RootModule);
  return RootModule;
}

/** A controller class with these routes: `{ "GET /path": handler }`, each called with Node's own request and response, unless Nest is to send what it returns. */
export function createController(
  { common }: Nest,
  routes: Record<string, (request: IncomingMessage, response: ServerResponse, reply: Reply) => unknown>,
  decorate: Record<string, readonly Decorator[]> = {},
  sendsItself = true,
): Class {
  // oxlint-disable-next-line typescript/no-extraneous-class -- what it is for is said by its decorators
  class RoutesController {}
  const { prototype } = RoutesController;
  for (const [route, handler] of Object.entries(routes)) {
    const [method = "", path = ""] = route.split(" ");
    Object.defineProperty(prototype, route, {
      configurable: true,
      writable: true,
      value: (request?: Raw<IncomingMessage>, response?: Raw<ServerResponse> & Reply) =>
        handler((request?.raw ?? request)!, (response?.raw ?? response)!, response!),
    });
    if (sendsItself) {
      common["Req"]!()(prototype, route, 0);
      common["Res"]!()(prototype, route, 1);
    }
    const descriptor = Object.getOwnPropertyDescriptor(prototype, route);
    for (const decorator of [...(decorate[route] ?? []), common[method]!(path)])
      decorator(prototype, route, descriptor);
  }
  common["Controller"]!()(RoutesController);
  return RoutesController;
}

type Raw<T> = T & { raw?: T };
interface Reply {
  hijack?(): unknown;
}
