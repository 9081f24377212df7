// As much of `fetch` as the suite needs. The platform's own adds `Cache-Control: no-cache` to conditional requests, and refuses statuses above 599.
import { Agent, request as send } from "node:http";

const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

export function fetchOverHttp(url, { method = "GET", headers = [], body } = {}) {
  return new Promise((resolve, reject) => {
    const request = send(url, { method, agent, insecureHTTPParser: true }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const received = new Headers();
        for (let at = 0; at < answer.rawHeaders.length; at += 2) {
          received.append(answer.rawHeaders[at], answer.rawHeaders[at + 1]);
        }
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: answer.statusCode, headers: received, text: () => Promise.resolve(text) });
      });
    });
    for (const [name, value] of headers) request.appendHeader(name, String(value));
    if (body !== undefined) request.setHeader("Content-Length", Buffer.byteLength(body));
    request.on("error", reject);
    request.end(body);
  });
}
