"""Starts the published Sentry SDK, unmodified: the DSN and all options stand in the environment."""

import json
import os

import sentry_sdk


def start():
    sentry_sdk.init(
        debug=True,
        release="shop@1.4.2",
        environment="production",
        send_default_pii=True,
        **json.loads(os.environ["SENTRY_OPTIONS"]),
    )


def read_total(cart):
    api_key = "planted-secret-in-a-source-line"  # noqa: F841
    return cart["total"]["tax"]
