"""What the published client sends beside errors: runs of jobs, a session, an attachment, and what a person wrote."""

import sentry_init

sentry_init.start()

import sentry_sdk  # noqa: E402
from sentry_sdk.crons import monitor  # noqa: E402
from sentry_sdk.envelope import Envelope, Item, PayloadRef  # noqa: E402

LOG = b"adding up\npassword=planted-secret-in-a-file\n"
WORDS = "token=planted-secret <b>"
CONFIG = {
    "schedule": {"type": "crontab", "value": "30 3 * * *"},
    "timezone": "Europe/Berlin",
    "checkin_margin": 5,
    "max_runtime": 10,
}


@monitor(monitor_slug="nightly", monitor_config=CONFIG)
def nightly():
    return "done"


@monitor(monitor_slug="broken", monitor_config=CONFIG)
def broken():
    raise ValueError("the job broke")


def report_total():
    scope = sentry_sdk.get_isolation_scope() if hasattr(sentry_sdk, "get_isolation_scope") else sentry_sdk.Hub.current
    scope.start_session(session_mode="application")
    with sentry_sdk.push_scope() as inner:
        inner.add_attachment(bytes=LOG, filename="job.log")
        try:
            sentry_init.read_total({"total": {}})
        except KeyError as error:
            event_id = sentry_sdk.capture_exception(error)
    scope.end_session()
    return event_id


def tell(event_id):
    """As the client's own transport does it: it has no call of its own for this."""
    words = {"event_id": event_id, "name": "Ada", "email": "ada@example.com", "comments": WORDS}
    envelope = Envelope(headers={"event_id": event_id})
    envelope.add_item(Item(PayloadRef(json=words), type="user_report"))
    sentry_sdk.Hub.current.client.transport.capture_envelope(envelope)


nightly()
try:
    broken()
except ValueError:
    print("the job failed", flush=True)
reported = report_total()
if sentry_sdk.Hub.current.client.transport is not None:
    tell(reported)
sentry_sdk.Hub.current.client.close(timeout=5)
print("flushed", flush=True)
