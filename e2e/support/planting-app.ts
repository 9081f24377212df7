import { writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import express, { type NextFunction, type Request, type Response } from "express";
import { gatewatch } from "gatewatch/express";
import { makeSecretCorpus } from "../../packages/protocol/src/redact/secret-corpus.ts";

// An Express app whose errors carry secrets in their messages, in the source around them, and in what happened before.
const groups = Number(process.env["PLANT_GROUPS"]);
const corpus = makeSecretCorpus(Number(process.env["PLANT_SEED"]));
const sources: (() => Error)[] = [];
for (const planted of corpus.filter(({ place }) => place === "source")) {
  const path = join(process.env["PLANT_FOLDER"]!, `planted-${sources.length}.mjs`);
  const text = planted.place === "source" ? planted.text : "";
  writeFileSync(path, `export function raise() {\n/*\n${text}\n*/\n  return new Error("raised");\n}\n`);
  sources.push(((await import(pathToFileURL(path).href)) as { raise(): Error }).raise);
}

const app = express();
app.use(gatewatch());
app.use(express.json({ limit: "1mb", strict: false }), express.urlencoded({ extended: true }), express.text());
app.post("/plant/:group", (request: Request, _response: Response, next: NextFunction) => {
  const group = Number(request.params["group"]);
  const isOfGroup = (_: unknown, index: number): boolean => index % groups === group;
  const of = <P extends string>(place: P) => corpus.filter((planted) => planted.place === place).filter(isOfGroup);
  for (const planted of of("breadcrumb"))
    if (planted.place === "breadcrumb")
      request.gatewatch.addBreadcrumb({ message: planted.message, data: planted.data });
  const messages = of("message").flatMap((planted) => (planted.place === "message" ? [new Error(planted.text)] : []));
  const error = new AggregateError([...messages, ...sources.filter(isOfGroup).map((raise) => raise())], "planted");
  error.name = `PlantedError${group}`;
  next(error);
});
app.post("/body/:number", (request: Request, _response: Response, next: NextFunction) => {
  const error = new Error("planted in a body");
  error.name = `PlantedBody${request.params["number"]}`;
  next(error);
});
app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => {
  response.status(500).end();
});
const server = app.listen(0, "127.0.0.1", () => {
  process.stdout.write(`app listening on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
