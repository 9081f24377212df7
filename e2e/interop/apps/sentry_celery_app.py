"""A worker in this process that runs a failing and a good task, and reports a scheduled job."""

import sentry_init

sentry_init.start()

import sentry_sdk  # noqa: E402
from celery import Celery  # noqa: E402
from celery.contrib.testing.worker import start_worker  # noqa: E402

app = Celery("shop", broker="memory://", backend="cache+memory://")


@app.task(name="shop.add_up")
def add_up(_number):
    return sentry_init.read_total({"total": {}})


@app.task(name="shop.greet")
def greet(name):
    return f"hello {name}"


with start_worker(app, perform_ping_check=False, shutdown_timeout=10):
    print(greet.delay("ada").get(timeout=20), flush=True)
    try:
        add_up.delay(7).get(timeout=20)
    except KeyError:
        print("the task failed", flush=True)
sentry_sdk.flush(5)
print("flushed", flush=True)
