// Checks what the comments of scripts say of their types.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { here, required, tools } from "./tools.mjs";

/** Those whose types the stories use. */
const PACKAGES = ["playwright-core", "puppeteer-core"];

/** @param {"front" | "stories"} part */
export async function typed(part) {
  const project = join(tools, `tsconfig.${part}.json`);
  writeFileSync(project, JSON.stringify(installedElsewhere(part)));
  const compiler = join(required.resolve("typescript/package.json"), "../bin/tsc");
  const { status, said } = await ended(process.execPath, [compiler, "--project", project, "--pretty", "false"]);
  if (status !== 0) throw new Error(said);
}

/** The compiler looks for packages above the file that imports them, which is not where they are. @param {string} part */
function installedElsewhere(part) {
  const modules = join(tools, "node_modules");
  const compilerOptions = { typeRoots: [join(modules, "@types")], paths: Object.fromEntries(PACKAGES.map((name) => [name, [join(modules, name)]])) };
  return { extends: join(here, `tsconfig.${part}.json`), compilerOptions };
}

/** @param {string} program @param {string[]} words @returns {Promise<{status: number, said: string}>} */
function ended(program, words) {
  return new Promise((done) => {
    const child = execFile(program, words, { cwd: here }, (_, out, err) => done({ status: child.exitCode ?? 1, said: out + err }));
  });
}
