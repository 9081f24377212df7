import type { Application } from "express";
import type { FastifyInstance } from "fastify";
import { RouteLayers } from "../gate/route-layers.ts";
import { guardRequest } from "../gate/node/guard-request.ts";
import { resolveRouteOptions, type RouteOptions } from "../options/resolve-route-options.ts";
import type { Gatewatch, GatewatchOptions } from "../create-gatewatch.ts";
import { gatewatch as guardExpress } from "./express.ts";
import { gatewatch as guardFastify } from "./fastify.ts";
import { observeExceptions } from "./nest/exception-observer.ts";
import { HandlerObserver } from "./nest/handler-observer.ts";
import {
  type ApplicationConfig,
  type ExecutionContext,
  type HttpAdapter,
  type MiddlewareConsumer,
  messagesOf,
} from "./nest/nest-types.ts";
import { resolveGatewatch } from "./resolve-gatewatch.ts";

/** The token by which Nest injects the Gatewatch of the app: `constructor(@Inject(GATEWATCH) gatewatch: Gatewatch)`. */
export const GATEWATCH = Symbol("gatewatch");

/** What Nest takes as a dynamic module. */
export interface GatewatchDynamicModule {
  module: new () => object;
  global: boolean;
  providers: { provide: string | symbol; useValue: object }[];
  exports: symbol[];
}

/**
 * Guards and watches a Nest app, on Express as on Fastify: `imports: [GatewatchModule.forRoot()]` in its root module, before the others.
 * Exceptions are seen before the app's filters get them; who answers, and what, stays as it was.
 */
// oxlint-disable-next-line typescript/no-extraneous-class -- Nest's own convention for modules with options
export class GatewatchModule {
  /**
   * @param options settings, or a Gatewatch made by `createGatewatch` that serves several apps.
   * @throws ConfigError for a mistake in the options.
   */
  static forRoot(options: GatewatchOptions | Gatewatch = {}): GatewatchDynamicModule {
    const core = resolveGatewatch(options);
    // A class of its own for each app: what it has to know needs no injection.
    const module = class GatewatchModule {
      configure(consumer: MiddlewareConsumer): void {
        guardAdapter(consumer.getHttpAdapter(), core);
        const config = findConfig(consumer);
        if (config !== undefined) observeExceptions(config);
      }

      /** Nest ends the process itself after a signal: it waits for this. */
      async onApplicationShutdown(): Promise<void> {
        await core.flush();
      }
    };
    return {
      module,
      global: true,
      providers: [
        { provide: GATEWATCH, useValue: core },
        { provide: "APP_INTERCEPTOR", useValue: new HandlerObserver(core) },
      ],
      exports: [GATEWATCH],
    };
  }
}

/** A guard of Nest's. */
export interface GatewatchGuard {
  canActivate(context: ExecutionContext): boolean | Promise<boolean>;
}

/**
 * Further layers on some routes: `@UseGuards(guard({ rateLimit: { limit: 5 } }))` on a method or a controller.
 * @throws ConfigError for a mistake in the options.
 */
export function guard(options: RouteOptions): GatewatchGuard {
  const layers = new RouteLayers(resolveRouteOptions(options));
  return {
    canActivate(context) {
      const messages = messagesOf(context);
      if (messages === undefined) return true;
      const passed = guardRequest(layers, messages.request, messages.response, () => true);
      const settle = (result: boolean | undefined): boolean | Promise<boolean> => {
        if (result === true) return true;
        messages.hijack();
        // `false` would be an exception, and the app's filters would answer what is answered.
        return new Promise(() => undefined);
      };
      return passed instanceof Promise ? passed.then(settle) : settle(passed);
    },
  };
}

function guardAdapter(adapter: HttpAdapter, core: Gatewatch): void {
  const instance = adapter.getInstance();
  if (adapter.getType() === "fastify") guardFastify(instance as FastifyInstance, core);
  else guardExpress(instance as Application, core);
}

/** Nest hands it to nobody; without it exceptions of handlers are seen, those of guards and middleware are not. */
function findConfig(consumer: MiddlewareConsumer): ApplicationConfig | undefined {
  const { routesMapper } = consumer as { routesMapper?: { applicationConfig?: ApplicationConfig } };
  const config = routesMapper?.applicationConfig;
  return typeof config?.getGlobalFilters === "function" ? config : undefined;
}
