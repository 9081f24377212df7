"""Clients of Driftlock's HTTP API, written from its description: the SDK, and the call shapes of both documented versions."""

import asyncio
from types import SimpleNamespace

import requests


class DriftlockError(Exception):
    def __init__(self, message, status, details=None):
        super().__init__(message)
        self.status = status
        self.details = details
        error = details.get("error") if isinstance(details, dict) else None
        error = error if isinstance(error, dict) else {}
        self.code = error.get("code")
        self.message = error.get("message", message)
        self.request_id = error.get("request_id")
        self.retry_after = error.get("retry_after_seconds")


class SdkClient:
    """Answers are plain dictionaries; whatever is not 2xx, or no JSON, is an error."""

    def __init__(self, api_key, base_url="http://localhost:8080", timeout=10.0):
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout
        self.session = requests.Session()
        self.session.headers["X-Api-Key"] = api_key

    def request(self, method, path, **options):
        answer = self.session.request(method, self.base_url + path, timeout=self.timeout, **options)
        is_json = "application/json" in answer.headers.get("content-type", "")
        details = answer.json() if is_json else None
        if not answer.ok:
            raise DriftlockError(f"Request failed with status {answer.status_code}", answer.status_code, details)
        if not is_json:
            raise DriftlockError("Expected JSON response", answer.status_code)
        return details

    def health(self):
        return self.request("GET", "/healthz")

    def detect(self, payload):
        return self.request("POST", "/v1/detect", json=payload)

    def list_anomalies(self, params=None):
        return self.request("GET", "/v1/anomalies", params=params)

    def get_anomaly(self, anomaly_id):
        return self.request("GET", f"/v1/anomalies/{anomaly_id}")


def to_object(value):
    """Members by attribute; one that is not there is an error, as in a client with typed results."""
    if isinstance(value, dict):
        return SimpleNamespace(**{name: to_object(part) for name, part in value.items()})
    return [to_object(part) for part in value] if isinstance(value, list) else value


class GuideClient:
    """The guide of November 2025: `detect(stream_id=, events=)` and `detect_sync`, key as bearer."""

    def __init__(self, api_key, base_url):
        self.client = SdkClient(api_key, base_url)
        del self.client.session.headers["X-Api-Key"]
        self.client.session.headers["Authorization"] = f"Bearer {api_key}"

    def detect_sync(self, stream_id, events):
        return to_object(self.client.detect({"stream_id": stream_id, "events": events}))

    async def detect(self, stream_id, events):
        return await asyncio.to_thread(self.detect_sync, stream_id, events)


class DocsClient:
    """The docs of December 2025: `detect(events, stream_id=, config_override=)`, a base that ends in `/api`, timeout 30 s."""

    def __init__(self, api_key, base_url):
        self.client = SdkClient(api_key, base_url, timeout=30.0)

    async def detect(self, events, stream_id=None, config_override=None):
        payload = {"events": events}
        if stream_id is not None:
            payload["stream_id"] = stream_id
        if config_override is not None:
            payload["config_override"] = config_override
        return to_object(await asyncio.to_thread(self.client.detect, payload))

    async def demo(self, events):
        return to_object(await asyncio.to_thread(self.client.request, "POST", "/v1/demo/detect", json={"events": events}))
