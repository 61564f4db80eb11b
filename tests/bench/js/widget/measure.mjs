// What widgets cost a page before they are opened: node measure.mjs <tools' node_modules> <peers' node_modules> <widget> <chromium> <rounds>
//
// Each round opens each side's page once in a browser context of its own, the CPU slowed down four times, the sides in turn. Times are
// the main thread's own, not the wall's: other work of the machine is not counted. A line of JSON for each: {"side", "requests",
// "evaluation_ms", "script_ms", "main_thread_ms", "shift", "long_tasks"}, before them {"side", "bytes"}. At the end Lighthouse, a line for
// each of its runs: {"lighthouse": {"performance", "accessibility"}, "failed"}.
import { createRequire } from "node:module";
import fs from "node:fs";
import zlib from "node:zlib";
import { serve, sides } from "./site.mjs";

const [tools, peers, widget, executablePath, rounds] = process.argv.slice(2);
const { chromium } = createRequire(`${tools}/x.js`)("playwright-core");
const SLOWER = 4;
/** The page is done when its main thread had nothing to do for so long, ms. */
const QUIET_MS = 500;

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const all = sides(widget, peers);
const { server, origin } = await serve(all);

/** A task is long from here on (Long Tasks API), ms. */
const LONG_MS = 50;

/** Notes shifts from the first moment on. */
function observe() {
  window.shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
}

/** Where the main thread enters code of this script: its evaluation, and what it has left for later. */
const runsOf = (trace, script) => {
  return trace.filter(({ name, args }) => (name === "EvaluateScript" || name === "FunctionCall") && args?.data?.url === script);
};

const total = (events) => events.reduce((sum, event) => sum + event.tdur / 1000, 0);

/** Tasks of the main thread that are long and run code of this script. */
function longTasks(trace, script) {
  const runs = runsOf(trace, script);
  const long = trace.filter(({ name, tdur }) => name === "RunTask" && tdur >= LONG_MS * 1000);
  const within = (task, run) => run.tid === task.tid && run.pid === task.pid && run.ts >= task.ts && run.ts <= task.ts + task.dur;
  return long.filter((task) => runs.some((run) => within(task, run))).length;
}

/** Resolves when timers of 50 ms have come in time for a while: nothing runs any more. */
function quiet(forMs) {
  return new Promise((resolve) => {
    let since = performance.now();
    let last = since;
    const timer = setInterval(() => {
      const now = performance.now();
      if (now - last > 100) since = now;
      last = now;
      if (now - since > forMs) resolve(clearInterval(timer));
    }, 50);
  });
}

async function visit(browser, side) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  // not reached: what the peers would do with an answer of theirs is not counted
  await context.route((url) => url.origin !== origin, (route) => route.abort());
  await page.addInitScript(observe);
  const cdp = await context.newCDPSession(page);
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  await browser.startTracing(page, { categories: ["devtools.timeline", "disabled-by-default-devtools.timeline"] });
  await page.goto(`${origin}/${side}`, { waitUntil: "networkidle" });
  await page.evaluate(quiet, QUIET_MS);
  const trace = JSON.parse((await browser.stopTracing()).toString()).traceEvents;
  const { metrics } = await cdp.send("Performance.getMetrics");
  const shift = await page.evaluate(() => window.shift);
  await context.close();
  const script = `${origin}/${side}/widget.js`;
  const evaluated = runsOf(trace, script).filter(({ name }) => name === "EvaluateScript");
  if (all[side].script && evaluated.length === 0) throw new Error(`${side}: its script did not run`);
  const metric = (name) => metrics.find((metric) => metric.name === name).value * 1000;
  return {
    side,
    // the page itself and what a browser asks by itself are no widget's
    requests: requests.filter((url) => url !== `${origin}/${side}` && !url.endsWith("/favicon.ico")).length,
    evaluation_ms: total(evaluated),
    script_ms: total(runsOf(trace, script)),
    main_thread_ms: metric("TaskDuration"),
    shift,
    long_tasks: longTasks(trace, script),
  };
}

for (const [side, { script }] of Object.entries(all)) {
  if (script) say({ side, bytes: zlib.gzipSync(fs.readFileSync(script), { level: 9 }).length });
}
const browser = await chromium.launch({ executablePath, headless: true });
// the first page of a browser pays for what the others find warm
for (const side of Object.keys(all)) await visit(browser, side);
for (let round = 0; round < Number(rounds); round++) {
  for (const side of Object.keys(all)) say(await visit(browser, side));
}
await browser.close();

const port = 9000 + (process.pid % 1000);
const own = await chromium.launch({ executablePath, headless: true, args: [`--remote-debugging-port=${port}`] });
const { default: lighthouse } = await import(createRequire(`${peers}/x.js`).resolve("lighthouse"));
for (let run = 0; run < 3; run++) {
  const { lhr } = await lighthouse(`${origin}/attune`, { port, onlyCategories: ["performance", "accessibility"], logLevel: "silent" });
  if (lhr.runtimeError) throw new Error(`lighthouse: ${lhr.runtimeError.message}`);
  const score = ({ score }) => Math.round(score * 100);
  const failed = Object.values(lhr.audits).filter((audit) => audit.score !== null && audit.score < 0.9).map((audit) => audit.id);
  const { performance, accessibility } = lhr.categories;
  say({ lighthouse: { performance: score(performance), accessibility: score(accessibility) }, failed });
}
await own.close();
server.close();
