// Builds the widget: node build.mjs <node_modules> <out folder>
//
// `widget.js` is the script of a page, `index.js` the same as a module for npm; the others are loaded by it when they are wanted.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const [packages, out] = process.argv.slice(2).map((folder) => path.resolve(folder));
const { build, transform } = createRequire(`${packages}/x.js`)("esbuild");
const here = path.dirname(fileURLToPath(import.meta.url));
const src = path.join(here, "src");

const { version } = JSON.parse(fs.readFileSync(path.join(here, "package.json"), "utf8"));

/** Styles come as a text, for a constructed style sheet. */
const styles = {
  name: "styles",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(fs.readFileSync(path, "utf8"), { loader: "css", minify: true });
      // spaces in the values of variables are kept by the minifier
      return { contents: code.trim().replace(/([,:]) /g, "$1"), loader: "text" };
    }),
};

const common = {
  bundle: true,
  minify: true,
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  outdir: out,
  plugins: [styles],
  // chunks get what the script has made: its private names have to be the same
  mangleProps: /^_[a-z]/,
  logLevel: "warning",
  write: false,
};

const languages = ["fr", "es", "it", "ar"];
const entries = { widget: "script.ts", index: "npm.ts", ...Object.fromEntries(languages.map((name) => [name, `texts/${name}.ts`])) };
for (const name of ["reports", "call", "files", "sse"]) entries[name] = `${name}.ts`;

let mangleCache = {};
const files = [];
for (const [name, entry] of Object.entries(entries)) {
  const script = name === "widget";
  const made = await build({
    ...common,
    mangleCache,
    entryPoints: { [name]: path.join(src, entry) },
    format: script ? "iife" : "esm",
    define: { VERSION: JSON.stringify(version), MODULE: String(!script) },
    external: ["./*.js"],
  });
  mangleCache = made.mangleCache;
  files.push(...made.outputFiles);
}

// the voice path has a library in it, whose names are its own
const voice = path.join(src, "voice/voice.ts");
if (fs.existsSync(voice)) {
  const { mangleProps: _, ...plain } = common;
  const made = await build({ ...plain, entryPoints: { voice }, format: "esm", nodePaths: [packages] });
  files.push(...made.outputFiles);
}

fs.mkdirSync(out, { recursive: true });
for (const { path: file, contents } of files) fs.writeFileSync(file, contents);
