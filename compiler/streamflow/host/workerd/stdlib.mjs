// Adds bytecode to Pyodide's standard library, which npm ships as sources only, so that workerd need not
// compile it at every boot. The bytecode is not checked against the sources: both are in the one file.
//
//   node stdlib.mjs PYODIDE_FOLDER RESULT.zip
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [folder, result] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(path.join(folder, "pyodide.mjs")));
const pyodide = await loadPyodide({ indexURL: folder + path.sep });
pyodide.FS.writeFile("/sources.zip", readFileSync(path.join(folder, "python_stdlib.zip")));
pyodide.runPython(`
from importlib._bootstrap_external import _code_to_hash_pyc
from importlib.util import source_hash
from sys import path
from zipfile import ZIP_DEFLATED, ZipFile

home = next(entry for entry in path if entry.endswith(".zip"))
with ZipFile("/sources.zip") as sources, ZipFile("/compiled.zip", "w", ZIP_DEFLATED) as compiled:
    for name in sources.namelist():
        content = sources.read(name)
        compiled.writestr(name, content)
        if name.endswith(".py"):
            code = compile(content, f"{home}/{name}", "exec", dont_inherit=True)
            compiled.writestr(name + "c", _code_to_hash_pyc(code, source_hash(content), False))
`);
const unfinished = `${result}.${process.pid}`;
writeFileSync(unfinished, pyodide.FS.readFile("/compiled.zip"));
renameSync(unfinished, result); // whole or not at all, whoever else is at it
