// A shop on node:http as an OpenTelemetry user writes it: the SDK reads OTEL_* from the environment, nothing here knows of Gatewatch.
const { NodeSDK } = require("@opentelemetry/sdk-node");
const { HttpInstrumentation } = require("@opentelemetry/instrumentation-http");
const sdk = new NodeSDK({
  instrumentations: [
    new HttpInstrumentation({ headersToSpanAttributes: { server: { requestHeaders: ["authorization", "accept"] } } }),
  ],
});
sdk.start();

const { createServer } = require("node:http");
const { logs, metrics, SeverityNumber, SpanStatusCode, trace } = require("@opentelemetry/api");

const logger = logs.getLogger("shop");
const meter = metrics.getMeter("shop");
const orders = meter.createCounter("shop.orders", { unit: "{order}" });
const basket = meter.createHistogram("shop.basket", { unit: "EUR" });

function readTaxRate(category) {
  return category.taxRate;
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://shop");
  const span = trace.getActiveSpan();
  if (pathname.startsWith("/products/")) {
    span.setAttribute("http.route", "/products/:id");
    span.setAttribute("shop.tenant", "blue");
    orders.add(1, { tenant: "blue" });
    basket.record(12.5, { tenant: "blue" });
    logger.emit({
      severityNumber: SeverityNumber.INFO,
      body: "product shown",
      attributes: { password: "hunter2-log" },
    });
    response.end("product");
    return;
  }
  span.setAttribute("http.route", "/cart/total");
  try {
    readTaxRate(undefined);
  } catch (error) {
    span.recordException(error);
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
    response.statusCode = 500;
    response.end("failed");
  }
});

server.listen(0, "127.0.0.1", () => console.log(`app listening on http://127.0.0.1:${server.address().port}`));
process.on("SIGTERM", async () => {
  server.close();
  const failure = new RangeError("the till is locked");
  logger.emit({
    severityNumber: SeverityNumber.ERROR,
    body: "closing the till failed",
    attributes: {
      "exception.type": failure.name,
      "exception.message": failure.message,
      "exception.stacktrace": failure.stack,
    },
  });
  await sdk.shutdown();
  console.log("app closed");
  process.exit(0);
});
