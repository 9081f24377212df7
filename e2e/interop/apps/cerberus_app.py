"""A Django app under the published Cerberus middleware, unmodified: what it is told stands in the environment."""

import json
import os

from django.conf import settings

settings.configure(
    SECRET_KEY="interop",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["cerberus_django.CerberusMiddleware"],
    CERBERUS_CONFIG=json.loads(os.environ["CERBERUS_CONFIG"]),
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"out": {"class": "logging.StreamHandler"}},
        "root": {"handlers": ["out"], "level": "WARNING"},
    },
)

import django  # noqa: E402

django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402


def show_order(request, number):
    request.cerberus_user_id = f"user-{number % 7}"
    response = JsonResponse({"order": number, "pid": os.getpid()})
    response.data = {"_cerberus_metrics": {"items": number % 5, "cache_hit": True, "ratio": float("nan")}}
    return response


def health(_request):
    return JsonResponse({"status": "ok"})


def fail(_request):
    raise ValueError("the till is locked")


urlpatterns = [path("orders/<int:number>/", show_order), path("healthz", health), path("fail/", fail)]
wsgi = get_wsgi_application()
asgi = get_asgi_application()
