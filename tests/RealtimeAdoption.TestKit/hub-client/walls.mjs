// A browser with a board on each of its pages, for the tests: what a viewer reads there, whenever it changes.
//   CHROMIUM=/usr/bin/chromium node walls.mjs URL...
// Writes one JSON object a line: "shown" with the page's number from 0, the instant (Unix milliseconds), how many documents that page has loaded, and what stands on it; "broken" where a page failed;
// "shot" when a picture was taken. Reads commands, one a line: "shot PATH" (of each page, PATH-NUMBER.png). Ends with its input.
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const patience = 60_000;
// Painting a wall's size many times a second takes as much of a small machine as the silos that it looks at; what is read is the same on a stamp.
const wall = { width: 1920, height: 1080 };
const stamp = { width: 320, height: 180 };
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"];
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** Runs in the page: reads the wall after each of its changes, as a whole, for a wall is drawn at one go. */
function watch() {
  const textOf = (id) => document.getElementById(id).textContent;
  // "–" stands where there is no number.
  const numberOf = (text) => (/\d/.test(text) ? Number(text.replace(/[^0-9.]/g, "")) : null);
  const keyed = (selector, key, of) => Object.fromEntries([...document.querySelectorAll(selector)].map((entry) => [entry.dataset[key], of(entry)]));
  const part = (name, place) => (entry) => numberOf(entry.querySelector(name).textContent.split(" of ")[place] ?? "");
  const some = (ids, prefix) => Object.fromEntries(ids.map((id) => [id, numberOf(textOf(prefix + id))]));
  let last = "";
  const look = () => {
    const seen = {
      standing: document.documentElement.dataset.standing,
      version: document.documentElement.dataset.version ?? "",
      accounts: numberOf(textOf("accounts")),
      churned: numberOf(textOf("churned")),
      average: numberOf(textOf("average")),
      events: numberOf(textOf("events-total")),
      stages: keyed("#columns > section", "stage", part(".stage-count", 0)),
      bands: some(["red", "yellow", "green", "unknown"], "band-"),
      adopted: keyed("#products > li", "product", part(".row-sub", 0)),
      entitled: keyed("#products > li", "product", part(".row-sub", 1)),
      segments: keyed("#segments > li", "segment", part(".row-sub", 0)),
      alerts: some(["urgent", "warning", "notice", "info"], "alerts-"),
    };
    const text = JSON.stringify(seen);
    if (text === last) return;
    last = text;
    window.tellSeen({ at: Date.now(), detail: textOf("standing-detail"), ...seen });
  };
  const changes = new MutationObserver(look);
  changes.observe(document.documentElement, { attributeFilter: ["data-standing", "data-version"] });
  changes.observe(document.getElementById("events-total"), { childList: true, characterData: true, subtree: true });
  look();
}

async function open(browser, url, number) {
  // With less motion figures stand at once, where they would else run to their new value for half a second.
  const page = await browser.newPage({ viewport: stamp, reducedMotion: "reduce" });
  let loads = 0;
  page.on("domcontentloaded", () => tell({ what: "loaded", page: number, loads: ++loads }));
  page.on("crash", () => tell({ what: "broken", page: number, message: "The page crashed." }));
  page.on("pageerror", (error) => tell({ what: "broken", page: number, message: String(error) }));
  await page.exposeFunction("tellSeen", (seen) => tell({ what: "shown", page: number, loads, ...seen }));
  await page.goto(url, { timeout: patience });
  await page.waitForSelector('html[data-standing="live"], html[data-standing="quiet"]', { timeout: patience, state: "attached" });
  await page.evaluate(watch);
  return page;
}

async function shoot(page, path) {
  await page.setViewportSize(wall);
  await page.screenshot({ path });
  await page.setViewportSize(stamp);
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args });
try {
  const pages = await Promise.all(process.argv.slice(2).map((url, number) => open(browser, url, number)));
  for await (const line of createInterface({ input: process.stdin })) {
    const [command, path] = line.split(/ (.*)/s);
    if (command !== "shot") throw new Error(`There is no command '${line}'.`);
    await Promise.all(pages.map((page, number) => shoot(page, `${path}-${number}.png`)));
    tell({ what: "shot", path });
  }
} finally {
  await browser.close();
}
