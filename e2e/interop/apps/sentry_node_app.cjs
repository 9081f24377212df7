// An app under the published Sentry SDK for Node, unmodified: what it is told stands in the environment.
const { createRequire } = require("node:module");

// The workspaces have a client of their own.
const Sentry = createRequire(`${process.env.SENTRY_CLIENT}/`)("@sentry/node");

Sentry.init({
  dsn: process.env.SENTRY_DSN,
  debug: true,
  release: "shop@1.4.2",
  environment: "production",
  tracesSampleRate: 1,
  ...JSON.parse(process.env.SENTRY_OPTIONS),
});

const { createServer } = require("node:http");

function readTaxRate(settings) {
  return settings.tax.taxRate;
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    if (request.url.startsWith("/products/")) {
      Sentry.logger?.info(Sentry.logger.fmt`product ${7} shown`, { apiKey: "planted-secret-in-a-log" });
      response.end("ok");
      return;
    }
    try {
      Sentry.setTag("cart", "7");
      Sentry.setUser({ id: "u-7", ip_address: "{{auto}}" });
      Sentry.addBreadcrumb({ category: "shop", message: "adding up", data: { password: "planted-secret-in-a-crumb" } });
      if (request.url.startsWith("/tills/")) throw new RangeError("the till is locked");
      readTaxRate({});
    } catch (cause) {
      Sentry.captureException(new Error("the order failed", { cause }));
      response.statusCode = 500;
      response.end("failed");
    }
  });
});
server.listen(0, "127.0.0.1", () =>
  process.stdout.write(`app listening on http://127.0.0.1:${server.address().port}\n`),
);

process.on("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
  void Sentry.close(5000).then((done) => {
    process.stdout.write(`app flushed ${done}\n`);
    process.exit(0);
  });
});
