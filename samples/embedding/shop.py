"""What a shop sells: pieces by product in a table, large sales to whoever watches."""

from streamflow import Graph, nodes

graph = Graph(
    name="Shop",
    nodes=[
        nodes.source("sales", type="webhook"),
        nodes.stateful_map(
            "count",
            key="product",
            initial=0,
            function=lambda sold, sale: (
                sold + sale["pieces"],
                {"product": sale["product"], "pieces": sold + sale["pieces"]},
            ),
        ),
        nodes.sink("sold", type="database", table="sold", mode="upsert", key="product", columns=["product", "pieces"]),
        nodes.filter("large", function=lambda sale: sale["pieces"] >= 100),
        nodes.sink("large-sales", type="endpoint", keep=20),
    ],
    edges=[("sales", "count", "sold"), ("sales", "large", "large-sales")],
)
