"""What uses the platform's own stores."""

from streamflow import Graph, d1, env, kv, nodes, table


async def noted(data):
    """What is in every kind of store, after this visit has left something there."""
    name = data["name"]
    await env.NOTES.put(f"note/{name}", data["text"], expirationTtl=3600)
    await env.NOTES.put("note/gone", "x")
    await env.NOTES.delete("note/gone")
    listed = await env.NOTES.list(prefix="note/")
    await env.TASKS.prepare("CREATE TABLE IF NOT EXISTS tasks (name TEXT, text)").run()
    insert = env.TASKS.prepare("INSERT INTO tasks VALUES (?, ?)")
    await env.TASKS.batch([insert.bind(name, 1), insert.bind(name, None)])
    found = env.TASKS.prepare("SELECT text FROM tasks WHERE name = ?").bind(name)
    await env.POST.send({"of": name})
    return {
        "note": await env.NOTES.get(f"note/{name}"),
        "json": await env.NOTES.get(f"note/{name}", type="json"),
        "nothing": await env.NOTES.get("nothing"),
        "names": [each["name"] for each in listed["keys"]],
        "rows": await found.raw(),
        "first": await found.first("text"),
        "token": env.HOOK_TOKEN,
    }


graph = Graph(
    name="Bound",
    nodes=[
        nodes.source("prices", type="manual"),
        nodes.sink("newest", type="kv", binding="PRICES", key=lambda data: f"price/{data['symbol']}", ttl="1h"),
        nodes.sink("points", type="analytics", binding="TRADES", index="symbol", blobs=["symbol"], doubles=["price"]),
        # rows of a database: kept by key, and a history that must be told apart
        nodes.source("stock", type="manual"),
        nodes.sink(
            "shelf",
            type="database",
            binding="DB",
            table="shelf",
            mode="upsert",
            key="sku",
            columns=["sku", "stock", "tags"],
            delete=lambda data: data["stock"] == 0,
        ),
        nodes.sink("journal", type="database", binding="DB", table="journal"),
        nodes.sink("numbered", type="database", table="numbered", mode="upsert", key="sku", columns=["sku", "stock"]),
        # objects of a bucket
        nodes.sink(
            "archive",
            type="r2",
            binding="ARCHIVE",
            path="stock/{rows}.ndjson.gz",
            format="ndjson",
            compress="gzip",
            batch={"size": 2, "delay": 0.2},
        ),
        nodes.sink(
            "single", type="r2", binding="ARCHIVE", path=lambda data: f"by-sku/{data['sku'].strip(chr(0))}.json"
        ),
        # out to a queue, and in again
        nodes.source("letters", type="manual"),
        nodes.sink("posted", type="queue", binding="POST", batch={"size": 10, "delay": 0.1}),
        nodes.source("received", type="queue", binding="POST"),
        nodes.sink("inbox", type="database", table="inbox"),
        # what the stores know, asked for again
        nodes.source("questions", type="manual"),
        nodes.enrich("price", lookup=kv("PRICES"), key=lambda data: f"price/{data['sku']}", into="price"),
        nodes.enrich(
            "shelved", lookup=d1("DB", "SELECT stock, tags FROM shelf WHERE sku = ?"), key="sku", into="shelf"
        ),
        nodes.enrich("number", lookup=table("numbered"), key="sku", into="numbered"),
        nodes.enrich("letter", lookup=table("inbox", column="id"), key="letter", into="letter"),
        nodes.sink("answers", type="websocket"),
        nodes.sink("unanswered", type="websocket"),
        # functions reach the stores, too; NOTES and TASKS by that alone
        nodes.source("visits", type="manual"),
        nodes.transform("noted", function=noted),
        nodes.sink("notes", type="websocket"),
        # what the cron trigger wakes
        nodes.source("beat", type="timer", interval=0.5),
        nodes.sink("beats", type="database", table="beats"),
    ],
    edges=[
        ("prices", "newest"),
        ("prices", "points"),
        ("stock", "shelf"),
        ("stock", "journal"),
        ("stock", "numbered"),
        ("stock", "archive"),
        ("stock", "single"),
        ("letters", "posted"),
        ("received", "inbox"),
        ("beat", "beats"),
        ("visits", "noted", "notes"),
        ("questions", "price", "shelved", "number", "letter", "answers"),
        *[(f"{node}.missing", "unanswered") for node in ("price", "shelved", "number", "letter")],
    ],
)
