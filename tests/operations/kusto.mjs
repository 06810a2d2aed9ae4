// Holds queries against Microsoft's own parser, with the tables and columns that they may use: a wrong column is as wrong as a comma.
//
// usage: node kusto.mjs FILE.kql...      (tests/operations/install.sh installs the parser)
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const here = import.meta.dirname;
const target = resolve(process.env.CARGO_TARGET_DIR ?? join(here, "../../target"));
const required = createRequire(join(target, "tools/kusto/package.json"));
required("@kusto/language-service-next/bridge.min.js");
required("@kusto/language-service-next/Kusto.Language.Bridge.min.js");

const { GlobalState, KustoCode, Symbols } = globalThis.Kusto.Language;
const { tables } = JSON.parse(readFileSync(join(here, "tables.json"), "utf8"));

const symbols = Object.entries(tables).map(([name, columns]) => {
  const schema = Object.entries(columns).map(([column, type]) => `['${column}']: ${type}`);
  return new Symbols.TableSymbol.$ctor7(name, `(${schema.join(", ")})`, "");
});
// The constructors have numbers, as they were written in a language that tells them apart by their arguments.
const database = new Symbols.DatabaseSymbol.$ctor3("workspace", null, symbols, false);
const globals = GlobalState.Default.WithDatabase(database);

let wrong = 0;
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, "utf8");
  const diagnostics = KustoCode.ParseAndAnalyze(text, globals).GetDiagnostics();
  for (let at = 0; at < diagnostics.Count; at += 1) {
    const diagnostic = diagnostics.getItem(at);
    if (diagnostic.Severity === "Suggestion") continue;
    const line = text.slice(0, diagnostic.Start).split("\n").length;
    console.error(`${file}:${line}: ${diagnostic.Severity}: ${diagnostic.Message}`);
    wrong += 1;
  }
}
process.exitCode = wrong > 0 ? 1 : 0;
