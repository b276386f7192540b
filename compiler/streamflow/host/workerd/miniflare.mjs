// Serves one bundle through Miniflare, which brings the platform's bindings: KV, D1, R2, Queues, Analytics Engine, cron
// triggers. miniflare.py writes the settings, and the modules of the host beside them.
//
//   node miniflare.mjs SETTINGS.json
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { Miniflare, convertV4MiniflareOptions } = createRequire(settings.npmRoot + "/")("miniflare");
const read = (name) => readFileSync(path.join(settings.host, name));

// Miniflare knows no modules of JSON
const host = read("host.mjs").toString()
  .replace('import files from "./files.json";', 'import filesText from "./files.json";\nconst files = JSON.parse(filesText);');

const miniflare = new Miniflare(convertV4MiniflareOptions({
  host: "127.0.0.1",
  port: settings.port,
  resourcePersistencePath: settings.storage,
  compatibilityDate: settings.compatibilityDate,
  modules: [
    { type: "ESModule", path: "host.mjs", contents: host },
    ...["prelude.mjs", "pyodide.mjs", "pyodide.asm.mjs"].map((name) => (
      { type: "ESModule", path: name, contents: read(name).toString() }
    )),
    { type: "CompiledWasm", path: "pyodide.asm.wasm", contents: read("pyodide.asm.wasm") },
    { type: "Data", path: "python_stdlib.zip", contents: read("python_stdlib.zip") },
    { type: "Text", path: "files.json", contents: read("files.json").toString() },
  ],
  unsafeTriggerHandlers: true,
  ...settings.bindings,
}));
console.log(`ready on ${await miniflare.ready}`);

for (const signal of ["SIGINT", "SIGTERM"])
  process.on(signal, async () => {
    await miniflare.dispose();
    process.exit(0);
  });
