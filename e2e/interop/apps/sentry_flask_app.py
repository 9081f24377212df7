import logging

import sentry_init

sentry_init.start()

from flask import Flask, jsonify  # noqa: E402

wsgi = Flask(__name__)


@wsgi.get("/healthz")
def health():
    return jsonify(status="ok")


@wsgi.get("/orders/<int:number>/")
def show_order(number):
    return jsonify(order=number)


@wsgi.post("/carts/<int:number>/")
def total(number):
    logging.getLogger("shop").info("adding up cart %s", number)
    return jsonify(sentry_init.read_total({"total": {}}))
