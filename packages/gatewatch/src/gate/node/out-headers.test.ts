import { once } from "node:events";
import { createServer, IncomingMessage, ServerResponse } from "node:http";
import { Http2ServerResponse } from "node:http2";
import { connect, type AddressInfo, Socket } from "node:net";
import { describe, expect, it } from "vitest";
import type { FixedHeader } from "../exchange.ts";
import { NodeHead } from "./node-head.ts";
import { outHeadersOf } from "./out-headers.ts";

const fixed = (name: string, value: string): FixedHeader => ({ name, lower: name.toLowerCase(), value });
const HEADERS = [fixed("X-One", "1"), fixed("X-Two", "2")];

function createResponse(own: Record<string, string> = { "Content-Type": "text/html" }): ServerResponse {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  for (const [name, value] of Object.entries(own)) response.setHeader(name, value);
  return response;
}

describe("outHeadersOf()", () => {
  it("is what setHeader writes into, on responses of this Node", () => {
    const response = createResponse({ "Content-Type": "text/html", "x-two": "mine" });
    outHeadersOf(response)!["x-one"] = ["X-One", "1"];
    expect(response.getHeaders()).toEqual({ "content-type": "text/html", "x-two": "mine", "x-one": "1" });
    expect(response.getHeader("X-ONE")).toBe("1");
    expect(response.hasHeader("x-one")).toBe(true);
    response.removeHeader("X-One");
    expect(response.hasHeader("x-one")).toBe(false);
  });

  it("is made for a response without any header, and Node goes on with it", () => {
    const response = createResponse({});
    outHeadersOf(response)!["x-one"] = ["X-One", "1"];
    response.setHeader("X-Two", "2");
    expect(response.getHeaders()).toEqual({ "x-one": "1", "x-two": "2" });
    expect(createResponse({}).getHeaders()).toEqual({});
  });

  it("is none where there is no table of that kind", () => {
    expect(outHeadersOf(Object.create(Http2ServerResponse.prototype) as ServerResponse)).toBeUndefined();
  });
});

describe("NodeHead.setKnown()", () => {
  it.each<[string, ServerResponse, Parameters<NodeHead["open"]>[1]]>([
    ["on a response with headers", createResponse({ "X-One": "old" }), undefined],
    ["on a response without any", createResponse({}), undefined],
    ["beside the headers of writeHead", createResponse({}), { "X-Other": "x" }],
    ["in the place of one of writeHead's", createResponse({}), { "x-one": "old" }],
    ["in a list of headers", createResponse({}), ["X-One", "old", "X-Other", "x"]],
  ])("sets a header %s", (_name, response, argument) => {
    const head = new NodeHead(response);
    head.open(200, argument);
    head.setKnown("x-one", "X-One", "1");
    expect(head.get("x-one")).toBe("1");
  });

  it("can be taken back while changes are noted", () => {
    const head = new NodeHead(createResponse({ "X-One": "old" }));
    head.watch();
    head.setKnown("x-one", "X-One", "1");
    expect(head.get("x-one")).toBe("1");
    head.backTo(0);
    expect(head.get("x-one")).toBe("old");
  });
});

describe("NodeHead.setAbsent()", () => {
  it("leaves nothing between responses", () => {
    const first = createResponse();
    new NodeHead(first).setAbsent(HEADERS);
    first.appendHeader("X-One", "more");
    const second = createResponse();
    new NodeHead(second).setAbsent(HEADERS);
    expect([first.getHeader("x-one"), second.getHeader("x-one")]).toEqual([["1", "more"], "1"]);
  });

  it.each<[string, ServerResponse, Parameters<NodeHead["open"]>[1]]>([
    ["on a response with headers", createResponse(), undefined],
    ["on a response without any", createResponse({}), undefined],
    ["beside the headers of writeHead", createResponse({}), { "X-Other": "x" }],
    ["beside a list of headers", createResponse({}), ["X-Other", "x"]],
  ])("sets what is absent %s", (_name, response, argument) => {
    const head = new NodeHead(response);
    head.open(200, argument);
    head.setAbsent(HEADERS);
    expect([head.get("x-one"), head.get("x-two")]).toEqual(["1", "2"]);
    head.setAbsent([fixed("X-One", "other")]);
    expect(head.get("x-one")).toBe("1");
  });

  it("never overrides what writeHead is given", () => {
    const head = new NodeHead(createResponse());
    head.open(200, { "x-one": "mine" });
    head.setAbsent(HEADERS);
    expect([head.get("x-one"), head.get("x-two")]).toEqual(["mine", "2"]);
  });

  it("reaches the wire in the spelling that was given", async () => {
    const server = createServer((_request, response) => {
      response.setHeader("Content-Type", "text/plain");
      new NodeHead(response).setAbsent(HEADERS);
      response.end("ok");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let text = "";
    for await (const chunk of socket) text += String(chunk);
    server.close();
    expect(text).toContain("\r\nX-One: 1\r\nX-Two: 2\r\n");
  });
});
