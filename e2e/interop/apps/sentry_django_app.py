import sentry_init

sentry_init.start()

import logging  # noqa: E402

from django.conf import settings  # noqa: E402

settings.configure(SECRET_KEY="interop", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__)

import django  # noqa: E402

django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402


def health(_request):
    return JsonResponse({"status": "ok"})


def show_order(_request, number):
    return JsonResponse({"order": number})


@csrf_exempt
def total(_request, number):
    logging.getLogger("shop").info("adding up cart %s", number)
    return JsonResponse(sentry_init.read_total({"total": {}}))


urlpatterns = [path("healthz", health), path("orders/<int:number>/", show_order), path("carts/<int:number>/", total)]
wsgi = get_wsgi_application()
asgi = get_asgi_application()
