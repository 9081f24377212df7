// What the published client for Node sends beside errors: runs of jobs, sessions, an attachment, and what a person wrote.
const { createRequire } = require("node:module");

// The workspaces have a client of their own.
const Sentry = createRequire(`${process.env.SENTRY_CLIENT}/`)("@sentry/node");

Sentry.init({
  debug: true,
  release: "shop@1.4.2",
  environment: "production",
  ...JSON.parse(process.env.SENTRY_OPTIONS),
});

const LOG = "adding up\npassword=planted-secret-in-a-file\n";
const WORDS = "token=planted-secret <b>";
const config = { schedule: { type: "interval", value: 10, unit: "minute" }, checkinMargin: 5, maxRuntime: 10 };

async function run() {
  await Sentry.withMonitor("hourly", async () => "done", config);
  try {
    await Sentry.withMonitor("broken", () => Promise.reject(new Error("the job broke")), config);
  } catch {
    process.stdout.write("the job failed\n");
  }
  const log = {
    filename: "job.log",
    data: LOG,
    contentType: "text/plain",
  };
  const id = Sentry.captureException(new TypeError("no price"), { attachments: [log] });
  Sentry.captureFeedback({ message: WORDS, name: "Ada", associatedEventId: id });
  const done = await Sentry.flush(5000);
  process.stdout.write(`app flushed ${done}\n`);
}

void run();
