"""A Django app that reports its exceptions to an AI agent: the smallest client of the documented wire, with `requests`."""

import datetime
import json
import os
import queue
import threading
import traceback

import requests
from django.conf import settings

settings.configure(
    SECRET_KEY="interop",
    DEBUG=False,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[f"{__name__}.{os.environ['AGENT_MIDDLEWARE']}"],
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"out": {"class": "logging.StreamHandler"}},
        "root": {"handlers": ["out"], "level": "CRITICAL"},
    },
)

import django  # noqa: E402

django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402


def describe(request, exception):
    body = None
    if request.method in ("POST", "PUT", "PATCH"):
        body = request.body.decode("utf-8")
    lines = traceback.format_exception(type(exception), exception, exception.__traceback__)
    return {
        "timestamp": datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None).isoformat(),
        "environment": "production",
        "request": {
            "path": request.path,
            "method": request.method,
            "content_type": request.content_type,
            "query_params": dict(request.GET.lists()),
            "remote_addr": request.META.get("REMOTE_ADDR", "Unknown"),
            "user_agent": request.META.get("HTTP_USER_AGENT", "Unknown"),
        },
        "request_body": body,
        "user": {"authenticated": False, "id": None, "username": None, "email": None},
        "exception": {
            "type": type(exception).__name__,
            "message": str(exception),
            "module": type(exception).__module__,
            "traceback": "".join(lines),
            "traceback_list": traceback.format_tb(exception.__traceback__),
        },
        "server": {"hostname": "web-server-01", "version": "1.4.2"},
        "custom": {"tenant_id": 7},
    }


def send(data):
    key = os.environ.get("AGENT_KEY")
    headers = {"Content-Type": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    answer = requests.post(os.environ["AGENT_ENDPOINT"], json=data, headers=headers, timeout=5)
    # Anything but 200 is a failure to these clients.
    print(f"agent answered {answer.status_code} {json.dumps(answer.json())}", flush=True)


class Blocking:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        # Read before the view does.
        request.body
        return self.get_response(request)

    def process_exception(self, request, exception):
        self.report(describe(request, exception))

    def report(self, data):
        send(data)


class Background(Blocking):
    def report(self, data):
        threading.Thread(target=send, args=(data,), daemon=True).start()


class Queued(Blocking):
    """A sender of its own takes what is queued, in the first shape of the wire: without the body and without facts of the app."""

    def __init__(self, get_response):
        super().__init__(get_response)
        self.waiting = queue.Queue()
        threading.Thread(target=self.work, daemon=True).start()

    def report(self, data):
        first = ("timestamp", "environment", "request", "user", "exception", "server")
        self.waiting.put({name: data[name] for name in first})

    def work(self):
        while True:
            send(self.waiting.get())


def create_user(request):
    raise ValueError(f"Invalid user data: {json.loads(request.body)}")


def health(_request):
    return JsonResponse({"status": "ok"})


urlpatterns = [path("api/v1/users/", create_user), path("healthz", health)]
wsgi = get_wsgi_application()
asgi = get_asgi_application()
