import { expect } from "vitest";
import { SECRET } from "./app-routes.ts";
import type { Asked, LayerRow } from "./row.ts";

const ERROR_ID = /^[0-9a-f-]{32,36}$/;
const FAILURES = ["/throws", "/rejects"];
const ask = (path: string, sees: Asked["sees"]): Asked => ({ path, sees: { status: 500, ...sees } });

/** error-boundary. */
export const ERROR_ROWS: readonly LayerRow[] = [
  {
    layer: "error-boundary",
    name: "an error that the app's own handler answers gets the id of its event, and nothing else",
    onError: (error) => ({ status: 418, headers: { "Content-Type": "text/plain" }, body: (error as Error).message }),
    asks: FAILURES.map((path) => ask(path, { status: 418, headers: { "x-error-id": ERROR_ID }, body: SECRET })),
    requests: FAILURES.map((route) => ({ route, status: 418 })),
    errors: FAILURES.map(() => ({ handled: true, exceptions: [{ type: "Error" }] })),
    check({ answers, errors, requests }) {
      const ids = answers.map(({ headers }) => headers["x-error-id"]);
      expect(errors.map(({ id }) => id)).toEqual(ids);
      expect(requests.map(({ errorId }) => errorId)).toEqual(ids);
    },
  },
  {
    layer: "error-boundary",
    name: "an error that nobody handles is answered without what it says",
    asks: FAILURES.map((path) =>
      ask(path, {
        headers: { "x-error-id": ERROR_ID, "content-type": /^application\/json/, "cache-control": "no-store" },
        json: { error: { type: "InternalServerError", message: "Internal Server Error", path, method: "GET" } },
      }),
    ),
    errors: [{}, {}],
    check({ answers, errors }) {
      for (const [index, { body }] of answers.entries()) {
        expect(body.toString()).not.toContain("swordfish");
        expect(JSON.parse(body.toString())).toMatchObject({ error: { id: errors[index]?.id } });
      }
    },
  },
  {
    layer: "error-boundary",
    name: "with respond our answer takes the place of the app's",
    options: { errorBoundary: { respond: true } },
    onError: () => ({ status: 418, body: "the app's" }),
    asks: FAILURES.map((path) =>
      ask(path, {
        headers: { "x-error-id": ERROR_ID, "content-type": /^application\/json/ },
        json: { error: { type: "InternalServerError", message: "Internal Server Error" } },
      }),
    ),
    errors: [{}, {}],
    check({ answers }) {
      for (const { body } of answers) expect(body.toString()).not.toContain("swordfish");
    },
  },
  {
    layer: "error-boundary",
    name: "details only where they are asked for",
    options: { errorBoundary: { respond: true, details: true, errorTypeHeader: true, errorCountHeader: true } },
    asks: [
      ask("/invalid", {
        headers: { "x-error-type": "ValidationError", "x-error-count": "1" },
        json: { error: { type: "ValidationError", message: expect.stringContaining("the password is") } },
      }),
    ],
    errors: [{ exceptions: [{ type: "ValidationError" }] }],
  },
  {
    layer: "error-boundary",
    name: "the error's type decides the status",
    options: { errorBoundary: { respond: true, statusByType: { ValidationError: 422 } } },
    asks: [ask("/invalid", { status: 422, json: { error: { type: "UnprocessableContent" } } }), ask("/throws", {})],
    requests: [{ status: 422 }, { status: 500 }],
    errors: [{}, {}],
  },
  {
    layer: "error-boundary",
    name: "HEAD of what fails is a head",
    options: { errorBoundary: { respond: true } },
    asks: [{ path: "/throws", method: "HEAD", sees: { status: 500, headers: { "x-error-id": ERROR_ID }, body: "" } }],
    errors: [{}],
  },
  {
    layer: "error-boundary",
    name: "many errors of one route raise one alert, in the log and for the app",
    stage() {
      const alerts: unknown[] = [];
      return {
        options: {
          errorBoundary: { respond: true, threshold: 2, onAlert: (alert) => void alerts.push(alert) },
        },
        check({ lines }) {
          const alert = { key: "exception:Error:/throws", count: 2, threshold: 2 };
          expect(alerts).toMatchObject([alert]);
          const said = lines.filter(({ code }) => code === "error_threshold");
          expect(said).toMatchObject([{ errorKey: alert.key, errorCount: 2 }]);
        },
      };
    },
    asks: [ask("/throws", {}), ask("/rejects", {}), ask("/throws", {}), ask("/throws", {})],
    errors: [{}, {}, {}, {}],
  },
  {
    layer: "error-boundary",
    name: "answers of 4xx are counted by route, unmatched ones together",
    stage() {
      const keys: string[] = [];
      return {
        options: { errorBoundary: { threshold: 2, onAlert: ({ key }) => void keys.push(key) } },
        check: () => expect(keys).toEqual(["error:404:(unmatched)"]),
      };
    },
    asks: ["/nowhere/1", "/nowhere/2"].map((path) => ask(path, { status: 404, headers: { "x-error-id": null } })),
    requests: [{ route: null }, { route: null }],
  },
];
