"""A shop that asks for every payment whether it is anomalous, as the Django guide shows it."""

import os
import threading

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="only-for-tests",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[f"{__name__}.DriftlockMiddleware"],
)
django.setup()

from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.urls import path

from driftlock_clients import DocsClient, DriftlockError, GuideClient, SdkClient

SERVER = os.environ["DRIFTLOCK_URL"]
KEY = os.environ["DRIFTLOCK_API_KEY"]

sdk = SdkClient(KEY, SERVER)
guide = GuideClient(KEY, SERVER)
docs = DocsClient(KEY, f"{SERVER}/api")


class DriftlockMiddleware:
    """Sends each request as an event, in the background; its failures never reach the app."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if not request.path.startswith("/healthz"):
            body = {"method": request.method, "path": request.path, "status_code": response.status_code}
            event = {"type": "http_request", "body": body, "attributes": getattr(request, "driftlock_context", {})}
            threading.Thread(target=self.send, args=(event,), daemon=True).start()
        return response

    @staticmethod
    def send(event):
        try:
            guide.detect_sync(stream_id="django-app", events=[event])
        except Exception as error:
            print(f"[driftlock] {error}", flush=True)


def payment_of(request):
    return {"type": "payment", "body": {name: request.POST.get(name) for name in request.POST}}


def pay(request):
    request.driftlock_context = {"user_tier": "gold"}
    result = guide.detect_sync(stream_id="payments", events=[payment_of(request)])
    if result.anomalies:
        first = result.anomalies[0]
        return JsonResponse({"why": first.why, "confidence": first.metrics.confidence}, status=403)
    return JsonResponse({"status": "processed", "detection_ready": result.detection_ready})


async def pay_async(request):
    result = await docs.detect([payment_of(request)], stream_id="payments", config_override={"p_value_threshold": 0.01})
    if result.anomaly_count:
        metrics = result.anomalies[0].metrics
        answer = {
            "ncd": metrics.ncd,
            "p_value": metrics.p_value,
            "confidence_level": metrics.confidence_level,
            "is_statistically_significant": metrics.is_statistically_significant,
        }
        return JsonResponse(answer, status=403)
    progress = 100 if result.detection_ready else result.calibration.progress_percent
    return JsonResponse({"total_events": result.total_events, "progress_percent": progress})


async def demo(request):
    result = await docs.demo([{"amount": 1}])
    return JsonResponse({"remaining_calls": result.demo.remaining_calls, "status": result.status})


def ask_sdk(request):
    found = sdk.list_anomalies({"stream_id": "payments", "limit": 10})
    details = [sdk.get_anomaly(row["id"]) for row in found["anomalies"]]
    return JsonResponse({"health": sdk.health(), "found": found, "details": details})


def fail(request):
    errors = {}
    for name, attempt in {
        "key": lambda: SdkClient("dlk_wrong", SERVER).list_anomalies(),
        "events": lambda: sdk.detect({"events": []}),
        "anomaly": lambda: sdk.get_anomaly("00000000-0000-0000-0000-000000000000"),
        "path": lambda: sdk.request("GET", "/v1/nothing"),
    }.items():
        try:
            attempt()
            errors[name] = None
        except DriftlockError as error:
            errors[name] = [error.status, error.code, bool(error.message), bool(error.request_id)]
    return JsonResponse(errors)


urlpatterns = [
    path("healthz", lambda request: HttpResponse("ok")),
    path("payments/", pay),
    path("payments-async/", pay_async),
    path("demo/", demo),
    path("sdk/", ask_sdk),
    path("fail/", fail),
]

wsgi = get_wsgi_application()
asgi = get_asgi_application()
