"""The page of `GET /graph`: it asks for the same address as JSON, and draws what it gets."""

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Graph</title>
<style nonce="NONCE">
:root { color-scheme: light dark; font: 14px system-ui, sans-serif }
svg { display: block; max-width: 100% }
rect, path { fill: none; stroke: currentColor }
rect { fill: Canvas }
path, .small { opacity: .6 }
.source rect { stroke: seagreen; stroke-width: 2 }
.sink rect { stroke: royalblue; stroke-width: 2 }
.failing { fill: crimson }
text { fill: currentColor }
.small { font-size: 11px }
</style>
<h1></h1>
<p role="status"></p>
<svg role="img" aria-label="The graph"></svg>
<script nonce="NONCE">
const [title, status, svg] = ["h1", "p", "svg"].map(tag => document.querySelector(tag));
const before = {};  // packets of each node, and when

function put(parent, tag, attributes, text = "") {
  const made = document.createElementNS(svg.namespaceURI, tag);
  for (const name in attributes) made.setAttribute(name, attributes[name]);
  made.textContent = text;
  return parent.appendChild(made);
}

function places(graph) {
  const depth = Object.fromEntries(graph.nodes.map(node => [node.name, 0])), rows = [], found = {};
  for (const _ of graph.nodes)
    for (const edge of graph.edges) depth[edge.to] = Math.max(depth[edge.to], depth[edge.from] + 1);
  for (const { name } of graph.nodes) {
    const column = depth[name], row = rows[column] = (rows[column] ?? -1) + 1;
    found[name] = { x: 10 + column * 250, y: 10 + row * 90 };
  }
  svg.setAttribute("width", rows.length * 250);
  svg.setAttribute("height", (Math.max(...rows) + 1) * 90);
  svg.setAttribute("viewBox", `0 0 ${svg.getAttribute("width")} ${svg.getAttribute("height")}`);
  return found;
}

function rate({ name, packets_processed: count = 0 }) {
  const now = performance.now(), last = before[name] ?? { count, now: now - 1 };
  before[name] = { count, now };
  return ((count - last.count) * 1000 / (now - last.now)).toFixed(1);
}

function draw(graph) {
  document.title = title.textContent = graph.graph;
  const at = places(graph);
  svg.replaceChildren();
  for (const { from, port, to, input, when } of graph.edges) {
    const a = at[from], b = at[to], y = a.y + 30, end = b.y + 30, of = port === "out" ? (when ? "when" : "") : port;
    const curve = (x, from, to) => `C${x + 30} ${from} ${x + 30} ${to} ${x + 60} ${to}`;
    const lane = a.y + 75;  // between the rows: past the nodes in between
    const far = `${curve(a.x + 190, y, lane)} H${b.x - 60} ${curve(b.x - 60, lane, end)}`;
    put(svg, "path", { d: `M${a.x + 190} ${y} ${b.x - a.x > 250 ? far : curve(a.x + 190, y, end)}` });
    put(svg, "text", { class: "small", x: a.x + 196, y: y + (end - y) / 4 - 4 }, input ? `${of} as ${input}` : of);
  }
  for (const node of graph.nodes) {
    const { x, y } = at[node.name], dropped = Object.values(node.packets_dropped ?? {}).reduce((a, b) => a + b, 0);
    const group = put(svg, "g", { class: node.kind.split(".")[0] });
    put(group, "title", {}, JSON.stringify(node, null, 2));
    put(group, "rect", { x, y, width: 190, height: 60, rx: 6, "pointer-events": "all" });
    put(group, "text", { x: x + 10, y: y + 18 }, node.name.slice(0, 24));
    put(group, "text", { class: "small", x: x + 10, y: y + 34 }, node.kind);
    const waiting = node.queue_depth ? `, ${node.queue_depth} waiting` : "";
    const figures = `${node.packets_processed ?? 0} packets, ${rate(node)}/s${waiting}`;
    put(group, "text", { x: x + 10, y: y + 52 }, figures);
    if (dropped) put(group, "text", { class: "failing", x: x + 10, y: y + 74 }, `${dropped} dropped`);
  }
  const stopped = graph.stopped ? `, stopped at ${graph.stopped.node}: ${graph.stopped.error}` : "";
  status.textContent = `${graph.packets_processed} packets in, ${graph.packets_dropped} dropped${stopped}`;
}

async function refresh() {
  try {
    const answer = await fetch(location.origin + location.pathname, { headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error((await answer.json()).title);
    draw(await answer.json());
  } catch (error) {
    status.textContent = `No figures: ${error.message}`;
  }
  setTimeout(refresh, 2000);
}

refresh();
</script>
"""
