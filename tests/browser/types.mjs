// Checks what the comments of scripts say of their types, and how the front end is laid out.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { here, required, root, tools } from "./tools.mjs";

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

/** Whether the front end is as the formatter writes it. */
export async function formatted() {
  const formatter = join(required.resolve("prettier/package.json"), "../bin/prettier.cjs");
  const files = "handlers/front/**/*.{css,js,json,ts}";
  const { status, said } = await ended(process.execPath, [formatter, "--check", files], root);
  if (status !== 0) throw new Error(`${said}Rewritten by: node ${formatter} --write '${files}'`);
}

/** The compiler looks for packages above the file that imports them, which is not where they are. @param {string} part */
function installedElsewhere(part) {
  const modules = join(tools, "node_modules");
  const compilerOptions = { typeRoots: [join(modules, "@types")], paths: Object.fromEntries(PACKAGES.map((name) => [name, [join(modules, name)]])) };
  return { extends: join(here, `tsconfig.${part}.json`), compilerOptions };
}

/** @param {string} program @param {string[]} words @param {string} [cwd] @returns {Promise<{status: number, said: string}>} */
function ended(program, words, cwd = here) {
  return new Promise((done) => {
    const child = execFile(program, words, { cwd }, (_, out, err) => done({ status: child.exitCode ?? 1, said: out + err }));
  });
}
