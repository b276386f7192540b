"""Diagnostics of functions: what can't run on the platform, what can't be captured."""

from __future__ import annotations

from streamflow.diagnostic_codes.explanation import Explanation

_STATE = (
    "Captured lists, dicts and sets are copied into the compiled program. A change would be seen by one "
    "process, until it "
    "ends, and by no other. State that lasts belongs in the graph: an aggregate, or stateful_map."
)

FUNCTIONS: dict[str, Explanation] = {
    "SF101": Explanation(
        "a function uses files",
        "There are no files where the graph runs. Read them when the program is built: what a function "
        "captures is copied "
        "into the compiled program.",
        """
import pathlib
nodes.filter("known", function=lambda data: data["id"] in pathlib.Path("ids.txt").read_text())
""",
        """
import pathlib
ids = {path.stem for path in pathlib.Path(".").glob("*.id")}
nodes.filter("known", function=lambda data: data["id"] in ids)
""",
    ),
    "SF102": Explanation(
        "a function uses threads or processes",
        "The platform has none. An async transform waits for up to `concurrency` packets at once.",
        """
import threading
nodes.transform("named", function=lambda data: {**data, "thread": threading.current_thread().name})
""",
        """
import asyncio

async def named(data):
    await asyncio.sleep(0.1)
    return {**data, "name": "x"}

nodes.transform("named", function=named, concurrency=8)
""",
    ),
    "SF103": Explanation(
        "a function uses the network directly",
        "There are no sockets on the platform. Data comes in by sources and leaves by sinks.",
        """
import urllib.request
nodes.transform("sent", function=lambda data: urllib.request.urlopen("https://example.com"))
""",
        'nodes.sink("sent", type="http", url="https://example.com")',
    ),
    "SF104": Explanation(
        "a function asks at the terminal",
        "There is nobody to answer where the graph runs.",
        'nodes.transform("named", function=lambda data: {**data, "name": input()})',
        'nodes.transform("named", function=lambda data: {**data, "name": data.get("user")})',
    ),
    "SF105": Explanation(
        "a function uses this machine's environment",
        "The variables of this machine aren't there where the graph runs, and a value read from them when the "
        "program is "
        "built would stand in the bundle in clear text. `secret` is read where the graph is deployed.",
        """
import os
nodes.transform("signed", function=lambda data: {**data, "token": os.environ["TOKEN"]})
""",
        """
from streamflow import secret
token = secret("TOKEN")
nodes.transform("signed", function=lambda data: {**data, "token": token})
""",
    ),
    "SF106": Explanation(
        "a function uses an installed package",
        "The platform runs Python with its standard library. A package of pure Python can go along with the bundle: "
        'name it in `Graph(dependencies=["ua-parser>=1.0"])`.',
        """
import networkx
nodes.transform("nodes", function=lambda data: networkx.Graph(data["links"]).order())
""",
        'nodes.transform("nodes", function=lambda data: len({end for link in data["links"] for end in link}))',
    ),
    "SF107": Explanation(
        "the source of a function can't be found",
        "Functions are compiled from the text of the file that they are written in. Code made by `exec`, or "
        "typed into a "
        "prompt, has none.",
        """
large = eval("lambda data: data['amount'] > 100")
nodes.filter("large", function=large)
""",
        'nodes.filter("large", function=lambda data: data["amount"] > 100)',
    ),
    "SF108": Explanation(
        "a function changes a captured value",
        _STATE,
        """
counts = {}

def count(data):
    counts[data["user"]] = counts.get(data["user"], 0) + 1
    return {"count": counts[data["user"]]}

nodes.transform("count", function=count)
""",
        """
nodes.aggregate(
    "count", key="user", window="time", duration="1h", function=lambda packets: {"count": len(packets)}
)
""",
    ),
    "SF109": Explanation(
        "a function assigns a variable outside of it",
        "`global` and `nonlocal` variables would live in one process and be lost. " + _STATE.partition(". ")[2],
        """
seen = 0

def count(data):
    global seen
    seen += 1
    return {**data, "n": seen}

nodes.transform("count", function=count)
""",
        'nodes.aggregate("count", window="time", duration="1h", function=lambda packets: {"n": len(packets)})',
    ),
    "SF110": Explanation(
        "a callback is a generator",
        "A function that contains `yield` returns a generator, which is not a value that could go on.",
        """
def words(data):
    yield from data["text"].split()

nodes.transform("words", function=words)
""",
        'nodes.transform("words", function=lambda data: data["text"].split())',
    ),
    "SF111": Explanation(
        "a function has the wrong number of parameters",
        "A function is called with the listed values; one positional parameter more, without a default, gets "
        "the packet (in an "
        "aggregate the window).",
        'nodes.filter("large", function=lambda data, packet, limit: data["amount"] > limit)',
        'nodes.filter("large", function=lambda data, packet, limit=100: data["amount"] > limit)',
    ),
    "SF112": Explanation(
        "a function reads a loop variable late",
        "This is a warning. Python looks the variable up when the function is called: every function of the "
        "loop would see its "
        "last value. A default keeps the value of each turn.",
        """
parts = [
    nodes.filter(f"above-{limit}", function=lambda data: data["amount"] > limit)
    for limit in (10, 100)
]
graph = Graph(name="Bands", nodes=[nodes.source("in", type="manual"), *parts, nodes.sink("out", type="log")])
""",
        """
parts = [
    nodes.filter(f"above-{limit}", function=lambda data, limit=limit: data["amount"] > limit)
    for limit in (10, 100)
]
graph = Graph(name="Bands", nodes=[nodes.source("in", type="manual"), *parts, nodes.sink("out", type="log")])
""",
    ),
    "SF113": Explanation(
        "a transform can only return None",
        "None emits nothing, so nothing would ever follow. Methods that change a list or dict return None.",
        'nodes.transform("marked", function=lambda data: data.update(marked=True))',
        'nodes.transform("marked", function=lambda data: {**data, "marked": True})',
    ),
    "SF114": Explanation(
        "a function uses an object that can't be copied",
        "Captured values are written into the compiled program: numbers, texts, containers of them, "
        "functions, modules, "
        "secrets, and a few plain types such as `datetime` and `Decimal`.",
        """
rules = object()
nodes.filter("known", function=lambda data: data["rule"] == rules)
""",
        """
rules = {"a": 1}
nodes.filter("known", function=lambda data: data["rule"] in rules)
""",
    ),
    "SF115": Explanation(
        "a function uses a class of the program",
        "Classes can't be captured. What a class holds as plain constants, and members of an enumeration by "
        "their `.value`, "
        "are captured where the function names them.",
        """
class Alert:
    level = 3

nodes.transform("alert", function=lambda data: Alert())
""",
        """
class Alert:
    level = 3

nodes.transform("alert", function=lambda data: {**data, "level": Alert.level})
""",
    ),
    "SF116": Explanation(
        "a function is a method of an object",
        "The object exists on the machine that builds the program. A function and plain captured values say the same.",
        """
class Scale:
    def __init__(self, factor):
        self.factor = factor

    def apply(self, data):
        return data["amount"] * self.factor

nodes.transform("scaled", function=Scale(3).apply)
""",
        """
def scale(factor):
    return lambda data: data["amount"] * factor

nodes.transform("scaled", function=scale(3))
""",
    ),
    "SF117": Explanation(
        "a secret lies inside a captured container",
        "A secret's value is known only where the graph is deployed; it is filled in where a function names it.",
        """
from streamflow import secret
keys = {"a": secret("KEY_A")}
nodes.transform("signed", function=lambda data: {**data, "key": keys["a"]})
""",
        """
from streamflow import secret
key_a = secret("KEY_A")
nodes.transform("signed", function=lambda data: {**data, "key": key_a})
""",
    ),
    "SF118": Explanation(
        "a function looks names up in a text",
        "`eval`, `globals` and the like could use any name, and the compiler must know which ones to take along.",
        'nodes.transform("computed", function=lambda data: eval(data["formula"]))',
        """
formulas = {"double": lambda data: data["x"] * 2, "half": lambda data: data["x"] / 2}
nodes.transform("computed", function=lambda data: formulas[data["formula"]](data))
""",
    ),
    "SF119": Explanation(
        "a function blocks",
        "One packet's sleep would stop all of them. An async function waits without stopping others.",
        """
import time
nodes.transform("later", function=lambda data: time.sleep(1) or data)
""",
        """
import asyncio

async def later(data):
    await asyncio.sleep(1)
    return data

nodes.transform("later", function=later)
""",
    ),
    "SF120": Explanation(
        "a function uses a module that the platform lacks",
        "Some modules of the standard library need an operating system below them.",
        """
import resource
nodes.transform("usage", function=lambda data: {**data, "usage": resource.getpagesize()})
""",
        """
import resource
page = resource.getpagesize()
nodes.transform("usage", function=lambda data: {**data, "usage": page})
""",
    ),
    "SF121": Explanation(
        "a function uses the compiler",
        "`nodes`, `Graph` and the rest describe graphs; they aren't part of the compiled program.",
        'nodes.transform("made", function=lambda data: nodes.sink(data["name"], type="log"))',
        'nodes.transform("made", function=lambda data: data["name"])',
    ),
    "SF122": Explanation(
        "a name isn't defined",
        "The function would fail with a NameError or AttributeError at every packet.",
        'LIMIT = 100\nnodes.filter("large", function=lambda data: data["amount"] > LIMT)',
        'LIMIT = 100\nnodes.filter("large", function=lambda data: data["amount"] > LIMIT)',
    ),
    "SF123": Explanation(
        "a module of the program is imported in the middle of a function",
        "Modules beside the program become part of the compiled one, so their imports must be known when it "
        "is built: at the "
        "top of the file, or of the function.",
        """
def priced(data):
    if data["amount"] > 0:
        import prices
        return prices.price(data)

nodes.transform("priced", function=priced)
""",
        """
def priced(data):
    import json
    return json.loads(data["price"])

nodes.transform("priced", function=priced)
""",
    ),
    "SF124": Explanation(
        "a function ends the program",
        "What `sys.exit` raises is not an ordinary exception: it would end the whole service. An ordinary one fails "
        "its packet alone, which then leaves by `error`.",
        """
import sys

def paid(data):
    if "amount" not in data:
        sys.exit("no amount")
    return data

nodes.transform("paid", function=paid)
""",
        """
def paid(data):
    if "amount" not in data:
        raise ValueError("no amount")
    return data

nodes.transform("paid", function=paid)
""",
    ),
    "SF125": Explanation(
        "a function that isn't async reaches out",
        "`fetch` and the stores of `env` are waited for, and only async transforms and custom sinks are waited for.",
        """
from streamflow import fetch

def price(data):
    return {**data, "price": fetch("https://prices.example.com/")}

nodes.transform("price", function=price)
""",
        """
from streamflow import fetch

async def price(data):
    response = await fetch("https://prices.example.com/")
    return {**data, "price": await response.json()}

nodes.transform("price", function=price)
""",
    ),
}
