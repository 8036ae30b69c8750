// A browser on the board: waits until the wall is live, then for each of the selectors until something on it fits, without a reload.
//   CHROMIUM=/usr/bin/chromium node watch-wall.mjs URL SELECTOR...
// Prints "watching", and for each selector, by its number from 0, "seen-NUMBER INSTANT NAVIGATIONS FOUND TEXT" (FOUND: how many fit at that moment).
import { chromium } from "playwright-core";

const [url, ...selectors] = process.argv.slice(2);
const patience = 60_000;
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args });
try {
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
  let navigations = 0;
  page.on("framenavigated", () => navigations++);
  await page.goto(url, { timeout: patience });
  await page.waitForSelector('html[data-standing="live"], html[data-standing="quiet"]', { timeout: patience, state: "attached" });
  console.log("watching");
  await Promise.all(selectors.map(async (selector, number) => {
    const line = await page.waitForSelector(selector, { timeout: patience, state: "attached" });
    const [at, text, found] = [Date.now(), await line.innerText(), await page.locator(selector).count()];
    console.log(`seen-${number} ${at} ${navigations} ${found} ${text.replace(/\s+/g, " ")}`);
  }));
} finally {
  await browser.close();
}
