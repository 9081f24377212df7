import logging

import sentry_init

sentry_init.start()

from fastapi import FastAPI, Request  # noqa: E402

asgi = FastAPI()


@asgi.get("/healthz")
async def health():
    return {"status": "ok"}


@asgi.get("/orders/{number}/")
async def show_order(number: int):
    return {"order": number}


@asgi.post("/carts/{number}/")
async def total(number: int, request: Request):
    await request.json()
    logging.getLogger("shop").info("adding up cart %s", number)
    return sentry_init.read_total({"total": {}})
