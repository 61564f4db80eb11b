// Runs checks in a headless Chromium: node run.mjs <node_modules> <scratch folder> <folder of checks>…
//
// First line out: {"names": […]}. First line in: {"api", "operatorKey", "chromium"}. Then for each {"run": name} a line {"error": text or null};
// before it the check may ask for something, {"ask": what}, which is answered by a line when it is done.
// The end of the input ends everything, so nothing is left behind when whoever started this is killed.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import readline from "node:readline";
import { pathToFileURL } from "node:url";
import { Site } from "./site.mjs";
import { tools } from "./tools.mjs";

const [packages, scratch, ...folders] = process.argv.slice(2);
const { chromium } = createRequire(`${packages}/x.js`)("playwright-core");
const { build } = createRequire(`${packages}/x.js`)("esbuild");

/** Longest time of one check. */
const PATIENCE_MS = 60_000;

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** The checks of all folders, by `<folder>::<name>`. */
const checks = new Map();
for (const folder of folders) {
  const area = path.basename(folder).replaceAll("-", "_");
  const outfile = path.join(scratch, `${area}.checks.mjs`);
  await build({
    entryPoints: [path.join(folder, "checks.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "warning",
  });
  const found = (await import(pathToFileURL(outfile).href)).default;
  for (const [name, check] of Object.entries(found)) checks.set(`${area}::${name}`, { folder, check });
}
say({ names: [...checks.keys()] });

const input = readline.createInterface({ input: process.stdin });
// in the middle of a check too; Playwright ends its browsers with this process
input.on("close", () => process.exit(0));
const lines = input[Symbol.asyncIterator]();
const next = async () => JSON.parse((await lines.next()).value);

const world = await next();
world.packages = packages;
world.ask = async (what) => {
  say({ ask: what });
  const { error } = await next();
  if (error) throw new Error(`${what}: ${error}`);
};
const launch = { executablePath: world.chromium, headless: true };
const browser = await chromium.launch(launch);
const sites = new Map();
const profiles = fs.mkdtempSync(path.join(scratch, "profiles-"));

/** Runs one check with contexts of its own; errors of its pages fail it too. */
async function run({ folder, check }) {
  if (!sites.has(folder)) sites.set(folder, await Site.start({ build, folder, api: world.api }));
  const contexts = [];
  const faults = [];
  const opened = (context) => {
    contexts.push(context);
    context.setDefaultTimeout(10_000);
    context.on("weberror", (error) => faults.push(error.error()));
    return context;
  };
  const own = fs.mkdtempSync(path.join(profiles, "check-"));
  const browsers = {
    context: async (options) => opened(await browser.newContext(options)),
    profile: async (name) => opened(await chromium.launchPersistentContext(path.join(own, name), launch)),
  };
  let timer;
  const patience = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
  });
  try {
    await Promise.race([check(tools(world, sites.get(folder), browsers)), patience]);
    if (faults.length > 0) throw faults[0];
  } finally {
    clearTimeout(timer);
    await Promise.all(contexts.map((context) => context.close().catch(() => {})));
  }
}

for (;;) {
  const { run: name } = await next();
  const error = await run(checks.get(name)).then(
    () => null,
    (reason) => reason.stack ?? String(reason),
  );
  say({ error });
}
