import { request as httpRequest } from "node:http";
import type { Json } from "@gatewatch/protocol";
import type { PlantedSecret } from "../../packages/protocol/src/redact/secret-corpus.ts";

/** Sends the secrets that a visitor's request can carry, in `groups` requests and one more for each body that is a text. Returns how many. */
export async function sendPlantedRequests(
  url: string,
  corpus: readonly PlantedSecret[],
  groups: number,
): Promise<number> {
  const headers = Array.from({ length: groups }, () => new Map<string, [string, string]>());
  const searches = Array.from({ length: groups }, () => new URLSearchParams({ page: "1" }));
  const bodies: Json[][] = Array.from({ length: groups }, () => []);
  const texts: string[] = [];
  for (const [index, planted] of corpus.entries()) {
    const group = index % groups;
    if (planted.place === "query") searches[group]!.append(planted.name, planted.value);
    if (planted.place === "header" || planted.place === "cookie") {
      const name = planted.name.toLowerCase();
      const free = headers.find((group) => !group.has(name));
      if (free === undefined) throw new Error(`More than ${groups} headers ${name} are planted.`);
      free.set(name, [planted.name, planted.value]);
    }
    if (planted.place !== "body") continue;
    if (typeof planted.body === "string") texts.push(planted.body);
    else bodies[group]!.push(planted.body);
  }
  for (let group = 0; group < groups; group++)
    await post(`${url}/plant/${group}?${searches[group]}`, JSON.stringify(bodies[group]), "application/json", [
      ...headers[group]!.values(),
    ]);
  for (const [number, text] of texts.entries())
    await post(
      `${url}/body/${number}`,
      text,
      text.startsWith("{") ? "application/json" : "application/x-www-form-urlencoded",
      [],
    );
  return groups + texts.length;
}

/** Not by fetch: it refuses some of the header names. */
function post(url: string, body: string, type: string, headers: [string, string][]): Promise<void> {
  return new Promise((done, fail) => {
    const fields = Object.fromEntries([
      ...headers,
      ["content-type", type],
      ["content-length", String(Buffer.byteLength(body))],
    ]) as Record<string, string>;
    const request = httpRequest(url, { method: "POST", headers: fields }, (response) => {
      response
        .resume()
        .on("end", () => (response.statusCode === 500 ? done() : fail(new Error(`${url}: ${response.statusCode}`))));
    });
    request.on("error", fail);
    request.end(body);
  });
}
