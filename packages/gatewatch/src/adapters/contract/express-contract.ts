import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type createExpress from "express";
import type { Express, NextFunction, Request, RequestHandler, Response } from "express";
import { afterEach, describe, expect, it } from "vitest";
import { gatewatch } from "../express.ts";
import { createProbe, type Probe } from "./probe.ts";

const servers: Server[] = [];

async function request(app: Express, ...paths: string[]): Promise<{ status: number; text: string }[]> {
  app.set("env", "test");
  const server = app.listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const answers = [];
  for (const path of paths) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    answers.push({ status: answer.status, text: await answer.text() });
  }
  return answers;
}

/** Status and text of each answer without what differs by nature: stacks. */
async function answersOf(app: Express, paths: readonly string[]): Promise<string[]> {
  const answers: string[] = [];
  for (const path of paths) {
    const [answer] = await request(app, path).catch(() => []);
    answers.push(answer === undefined ? "cut" : `${answer.status} ${answer.text.split("<br>")[0]}`);
  }
  return answers;
}

/** Express 4 throws at the name of Express 5. */
function stackOf(app: Express): unknown[] {
  const router: unknown = Reflect.get(app, "lazyrouter" in app ? "_router" : "router");
  return (router as { stack: unknown[] }).stack;
}

const fail = (message: string) => () => {
  throw new Error(message);
};

function answerError(name: string) {
  return (error: Error, _request: Request, response: Response, _next: NextFunction) => {
    response.status(500).send(`${name}: ${error.message}`);
  };
}

const messages = (probe: Probe) => probe.errors.map(({ error }) => (error as Error).message);

/** One major of Express. */
export interface ExpressDriver {
  name: string;
  express: typeof createExpress;
  /** Whether a handler's rejected promise is an error to Express. */
  seesRejections: boolean;
}

/** Which errors and routes the adapter must see, whatever the major of Express. */
export function testExpressContract({ name, express, seesRejections }: ExpressDriver): void {
  const reject = (message: string): RequestHandler =>
    seesRejections
      ? async () => Promise.reject(new Error(message))
      : (_request, _response, next) => void Promise.reject(new Error(message)).then(undefined, next);

  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  describe(`${name}: gatewatch/express sees errors`, () => {
    it("that the app's own handler answers, from the very first request on", async () => {
      const probe = createProbe();
      const app = express().use(gatewatch(probe.gatewatch));
      app.get("/thrown", fail("thrown"));
      app.get("/rejected", reject("rejected"));
      app.get("/next", (_request, _response, next) => next(new Error("next")));
      app.use(answerError("app"));
      const answers = await request(app, "/thrown", "/rejected", "/next");
      expect(answers.map(({ text }) => text)).toEqual(["app: thrown", "app: rejected", "app: next"]);
      expect(messages(probe)).toEqual(["thrown", "rejected", "next"]);
    });

    it("that nobody handles, and leaves the answer to Express", async () => {
      const probe = createProbe();
      const guarded = express().use(gatewatch(probe.gatewatch)).get("/", fail("nobody"));
      const bare = express().get("/", fail("nobody"));
      const [[seen], [expected]] = [await request(guarded, "/"), await request(bare, "/")];
      expect(seen?.status).toBe(500);
      expect(seen?.text.split("<br>")[0]).toBe(expected?.text.split("<br>")[0]);
      expect(messages(probe)).toEqual(["nobody"]);
    });

    describe.each([
      ["app.use(gatewatch())", (app: Express, probe: Probe) => void app.use(gatewatch(probe.gatewatch)), 1],
      ["gatewatch(app)", (app: Express, probe: Probe) => void gatewatch(app, probe.gatewatch), 0],
    ])("that nobody handles, from the first request on, and leaves the answer as it is: %s", (_how, guard, layers) => {
      const paths = ["/rejected", "/mounted", "/router/x", "/afterhead", "/unreadable", "/none", "/%ff"];

      function createFailing(prepare: (app: Express) => void): Express {
        const app = express();
        prepare(app);
        app.get("/rejected", reject("rejected"));
        app.use("/mounted", (_request, _response, next) => next(new Error("mounted")));
        app.use("/router", express.Router().get("/x", fail("in a router")));
        app.get("/afterhead", (_request, response) => {
          response.write("begun");
          throw new Error("after the head");
        });
        app.get("/unreadable", () => {
          const error = {
            get stack(): never {
              throw new Error("a getter of the error");
            },
          };
          throw error;
        });
        app.param("id", (_request, _response, next) => next(new Error("param")));
        app.get("/param/:id", (_request, response) => void response.end());
        // What comes after them lets Express answer at once, inside of the call that failed.
        return app.use("/other", (_request, response) => void response.end());
      }

      it.each(paths)("%s first", async (first) => {
        const probe = createProbe();
        const off = createProbe({ layers: [] });
        const bare = createFailing(() => undefined);
        const seen = createFailing((app) => guard(app, probe));
        const unseen = createFailing((app) => guard(app, off));
        const order = [first, ...paths, "/param/1"];
        const expected = await answersOf(bare, order);
        expect(await answersOf(seen, order)).toEqual(expected);
        expect(await answersOf(unseen, order)).toEqual(expected);
        expect(stackOf(seen).length).toBe(stackOf(bare).length + layers);
        const all = probe.errors.map(({ error }) => (error instanceof Error ? error.message : "unreadable"));
        const told = ["rejected", "mounted", "in a router", "after the head", "unreadable", "param"];
        expect(new Set(all.filter((message) => told.includes(message)))).toEqual(new Set(told));
      });
    });

    it("once, however many handlers pass them on", async () => {
      const probe = createProbe();
      const app = express().use(gatewatch(probe.gatewatch));
      const passOn = (error: unknown, _request: Request, _response: Response, next: NextFunction) => next(error);
      const router = express.Router();
      router.get("/", fail("once"), passOn).use(passOn);
      app.use("/r", router).use(passOn, passOn, answerError("last"));
      expect((await request(app, "/r"))[0]?.text).toBe("last: once");
      expect(messages(probe)).toEqual(["once"]);
    });

    it("that a handler inside a router or a route answers", async () => {
      const probe = createProbe();
      const app = gatewatch(express(), probe.gatewatch);
      app.get("/route", fail("in a route"), answerError("route"));
      const router = express.Router();
      router.get("/x", fail("in a router")).use(answerError("router"));
      app.use("/router", router);
      const answers = await request(app, "/route", "/router/x");
      expect(answers.map(({ text }) => text)).toEqual(["route: in a route", "router: in a router"]);
      expect(messages(probe)).toEqual(["in a route", "in a router"]);
    });

    it("of routes and handlers added after the first request", async () => {
      const probe = createProbe();
      const app = express().use(gatewatch(probe.gatewatch));
      const late = express.Router();
      app.get("/add", (_request, response) => {
        late.get("/thrown", fail("late")).use(answerError("late router"));
        app.use("/late", late);
        app.get("/unhandled", fail("unhandled"));
        app.use(answerError("late app"));
        response.end();
      });
      const answers = await request(app, "/add", "/late/thrown", "/unhandled");
      expect(answers.map(({ text }) => text)).toEqual(["", "late router: late", "late app: unhandled"]);
      expect(messages(probe)).toEqual(["late", "unhandled"]);
    });

    it("of a mounted app that nobody there handled", async () => {
      const probe = createProbe();
      const inner = express().get("/x", fail("inner"));
      const app = express().use(gatewatch(probe.gatewatch)).use("/inner", inner);
      app.use(answerError("outer"));
      expect((await request(app, "/inner/x"))[0]?.text).toBe("outer: inner");
      expect(messages(probe)).toEqual(["inner"]);
    });

    it("that a mounted app handles itself, when the line stands there too", async () => {
      const probe = createProbe();
      const inner = express().use(gatewatch(probe.gatewatch)).get("/x", fail("inner"));
      inner.use(answerError("inner"));
      const app = express().use(gatewatch(probe.gatewatch)).use("/inner", inner);
      expect((await request(app, "/inner/x"))[0]?.text).toBe("inner: inner");
      expect(messages(probe)).toEqual(["inner"]);
      expect(await probe.waitForEnded(1)).toHaveLength(1);
    });

    it("that are no Errors, as they are", async () => {
      const probe = createProbe();
      const app = express().use(gatewatch(probe.gatewatch));
      app.get("/", () => {
        throw "only a text";
      });
      app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
        response.send(String(error));
      });
      expect((await request(app, "/"))[0]?.text).toBe("only a text");
      expect(probe.errors.map(({ error }) => error)).toEqual(["only a text"]);
    });

    it("and nothing where there is none: next('route') and next('router') are no errors", async () => {
      const probe = createProbe();
      const app = express().use(gatewatch(probe.gatewatch));
      const router = express.Router();
      router.get("/", (_request, _response, next) => next("router"));
      app.use(router);
      app.get(
        "/",
        (_request, _response, next) => next("route"),
        (_request, response) => void response.send("wrong"),
      );
      app.get("/", (_request, response) => void response.send("right"));
      expect((await request(app, "/"))[0]?.text).toBe("right");
      expect(messages(probe)).toEqual([]);
    });
  });

  describe(`${name}: gatewatch/express names the route`, () => {
    it("by its template, with the parameters of every mount in it", async () => {
      const probe = createProbe();
      const app = express().use(gatewatch(probe.gatewatch));
      const orders = express.Router({ mergeParams: true });
      orders.get("/:order", (_request, response) => void response.end());
      orders.get("/", (_request, response) => void response.end());
      orders.get("/fail/:what", fail("x"));
      const users = express.Router().use("/:user/orders", orders);
      app.use("/api/users", users);
      app.get(["/a", "/b"], (_request, response) => void response.end());
      app.use(answerError("app"));
      await request(
        app,
        "/api/users/7/orders/9?x=1",
        "/api/users/%37/orders",
        "/api/users/7/orders/fail/z",
        "/b",
        "/no",
      );
      const ended = await probe.waitForEnded(5);
      expect(ended.map(({ outcome }) => outcome.route)).toEqual([
        "/api/users/:user/orders/:order",
        "/api/users/:user/orders",
        "/api/users/:user/orders/fail/:what",
        "/a|/b",
        null,
      ]);
    });

    it("and knows the user that authentication found further inside", async () => {
      const probe = createProbe();
      const app = express().use(gatewatch(probe.gatewatch));
      app.use((incoming, _response, next) => {
        Object.assign(incoming, { user: { id: 7, username: "ada", email: "ada@example.org", password: "x" } });
        next();
      });
      app.get("/", (_request, response) => void response.end());
      await request(app, "/");
      const [end] = await probe.waitForEnded(1);
      expect(end?.x.user()).toEqual({ authenticated: true, id: 7, username: "ada", email: "ada@example.org" });
    });

    it("and gives the parsed body", async () => {
      const probe = createProbe();
      const app = express().use(gatewatch(probe.gatewatch)).use(express.json());
      app.post("/", (_request, response) => void response.end());
      app.set("env", "test");
      const server = app.listen(0, "127.0.0.1");
      servers.push(server);
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      await fetch(`http://127.0.0.1:${port}/`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"a":[1]}',
      });
      const [end] = await probe.waitForEnded(1);
      expect(end?.x.body()).toEqual({ a: [1] });
    });
  });
}
