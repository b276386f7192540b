"""A shop's Worker: pages of its own, and a graph that counts what is sold."""

from json import dumps, loads
from urllib.parse import unquote, urlsplit

import js
from processor import SERVICE, StreamProcessor
from workers import WorkerEntrypoint

from streamflow_runtime.cloudflare_worker import gate, instance


class Shop(StreamProcessor):
    """The graph's object, with methods of the shop's. The Worker calls them, and so may other objects."""

    def sell(self, product, pieces):
        """Count a sale: a batch of one event, committed when this returns."""
        event = {"product": product, "pieces": pieces}
        self.shell.run(lambda kernel, now: kernel.push("sales", [event], now), source="sales")

    def sold(self, product):
        """How many pieces have been sold: read from the table that the graph writes."""
        rows = self.platform.sql("SELECT pieces FROM sold WHERE product = ?", product)
        return rows[0][0] if rows else 0


class Default(WorkerEntrypoint):
    """The shop's own pages stand before the graph's endpoints, which ask for their token."""

    async def fetch(self, request):
        env, raw = self.env._env, request.js_object
        shop = instance(env.PROCESSOR, SERVICE)
        path = urlsplit(raw.url).path
        if path.startswith("/products/"):
            return await product_page(shop, unquote(path.removeprefix("/products/")), raw)
        return gate(SERVICE, raw, env) or await shop.fetch(raw)


async def product_page(shop, product, raw):
    """`GET` tells how many pieces have been sold; `POST` with `{"pieces": n}` sells some."""
    if raw.method == "POST":
        pieces = loads(await raw.text()).get("pieces")
        if type(pieces) is not int or pieces < 1:
            return js.Response.new("pieces must be a whole number from 1", status=422)
        await shop.sell(product, pieces)
    return js.Response.new(dumps({"product": product, "sold": await shop.sold(product)}))
