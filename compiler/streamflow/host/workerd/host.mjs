// The JavaScript half of the host: boots Pyodide inside the real workerd, mounts one bundle and the
// official SDK, and exposes the bundle's Worker ("Default") and Durable Object classes the way workerd's
// own Python support does. config.py appends one `export` per Durable Object class that wrangler.jsonc binds.
import { restoreRandom } from "./prelude.mjs"; // first: it prepares the globals that Pyodide looks at
import { loadPyodide } from "./pyodide.mjs";
import createPyodideModule from "./pyodide.asm.mjs";
import pyodideWasm from "./pyodide.asm.wasm";
import stdlib from "./python_stdlib.zip";
import files from "./files.json";
import * as cloudflareWorkersModule from "cloudflare:workers";
import * as cloudflareSocketsModule from "cloudflare:sockets";

const NOWHERE = "http://pyodide.invalid/";
const HOOKS = ["alarm", "webSocketMessage", "webSocketClose", "webSocketError", "scheduled", "queue"];
const { DurableObject, WorkerEntrypoint } = cloudflareWorkersModule;

const { shim, classes } = await boot();

export default expose(WorkerEntrypoint, "Default");

function durableObject(name) {
  return expose(DurableObject, name);
}

// As workerd's own entrypoint helper does it: hooks are called relaxed and may suspend (JSPI);
// fetch and RPC go through an asynchronous wrapper that converts arguments and result.
function expose(Base, name) {
  const found = classes.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`src/entry.py has no class ${name} derived from ${Base.name}`);
  const cls = class extends Base {
    constructor(ctx, env) {
      super(ctx, env);
      this.python = shim.construct(name, ctx, env);
    }
  };
  for (const method of found.methods) {
    const call = HOOKS.includes(method)
      ? (python, args) => python[method].callWithOptions({ relaxed: true, promising: true }, ...args)
      : (python, args) => shim.wrapper.callWithOptions(
          { relaxed: false, promising: true }, method === "fetch", python, method, ...args);
    cls.prototype[method] = async function (...args) {
      try {
        return await call(this.python, args);
      } catch (error) {
        console.error(`${name}.${method}: ${error}`); // workerd itself would say nothing
        throw error;
      }
    };
  }
  return cls;
}

async function boot() {
  const realFetch = globalThis.fetch;
  globalThis.fetch = fetchFromModules;
  WebAssembly.instantiateStreaming = async (_source, imports) => ({
    module: pyodideWasm,
    instance: new WebAssembly.Instance(pyodideWasm, imports),
  });
  try {
    const pyodide = await loadPyodide({
      indexURL: NOWHERE,
      packageBaseUrl: NOWHERE,
      createPyodideModule,
      lockFileContents: { info: files.lockInfo, packages: {} },
      env: { PYTHONHASHSEED: "0" },
    });
    mount(pyodide.FS);
    pyodide.registerJsModule("_pyodide_entrypoint_helper", {
      cloudflareWorkersModule,
      cloudflareSocketsModule,
      doAnImport: (name) => import(name),
      patch_env_helper: () => { throw new Error("patch_env is not available here"); },
      patchWaitUntil,
    });
    pyodide.runPython(`
import sys
sys.path[:0] = ["/session/host", "/session/src", "/session/sdk", "/session/packages"]
`);
    const shim = pyodide.pyimport("shim");
    return { shim, classes: shim.classes() };
  } finally {
    globalThis.fetch = realFetch;
    restoreRandom();
  }
}

// There is no network in global scope; what Pyodide asks for is among this Worker's modules.
async function fetchFromModules(input) {
  const url = String(input?.url ?? input);
  if (url.endsWith("python_stdlib.zip")) return { ok: true, status: 200, arrayBuffer: async () => stdlib };
  if (url.endsWith(".wasm")) return { wasm: true };
  throw new Error(`no network while booting: ${url}`);
}

// A Python awaitable handed to a Worker's waitUntil is kept alive until it is done; an object's is not patched.
function patchWaitUntil(ctx) {
  if (Object.prototype.toString.call(ctx) !== "[object ExecutionContext]" || Object.hasOwn(ctx, "waitUntil")) return;
  const waitUntil = ctx.waitUntil.bind(ctx);
  ctx.waitUntil = (awaitable) => {
    const kept = awaitable?.copy ? awaitable.copy() : awaitable;
    waitUntil((async () => await kept)());
  };
}

function mount(FS) {
  const write = (path, content) => {
    const target = `/session/${path}`;
    FS.mkdirTree(target.slice(0, target.lastIndexOf("/")));
    FS.writeFile(target, content);
  };
  for (const [path, text] of Object.entries(files.text)) write(path, text);
  for (const [path, base64] of Object.entries(files.binary)) write(path, Uint8Array.fromBase64(base64));
}
