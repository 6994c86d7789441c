// @ts-check
// The notices of everything that goes into the page: minifying drops the comments that carry them,
// and BSD, MIT and ISC ask for the text to go along. Written to dist/licences.txt by the build.
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

/** @param {string} root folder of package-lock.json and node_modules */
export async function licenceText(root) {
  const lock = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8"));
  const parts = [
    "This page contains the following software, each under its own licence.\nLand areas: Natural Earth, public domain.\n",
  ];
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === "" || entry.dev || entry.optional) continue;
    const folder = join(root, path);
    const file = (await readdir(folder)).find((name) => /^(licen[cs]e|copying)(\.|$)/i.test(name));
    const text = file === undefined ? "" : (await readFile(join(folder, file), "utf8")).trim();
    parts.push(`${path.replace(/^.*node_modules\//, "")} ${entry.version} (${entry.license})\n\n${text}`.trimEnd());
  }
  return `${parts.join(`\n\n${"-".repeat(72)}\n\n`)}\n`;
}

/** @returns {import("vite").Plugin} */
export function licences() {
  return {
    name: "lapwing-licences",
    apply: "build",
    async generateBundle() {
      this.emitFile({ type: "asset", fileName: "licences.txt", source: await licenceText(process.cwd()) });
    },
  };
}
