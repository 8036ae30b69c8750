// A browser on the board: waits until the wall is live, then until it tells that the account has changed its stage, without a reload.
//   CHROMIUM=/usr/bin/chromium node watch-board.mjs URL ACCOUNT
// Prints "watching" and then "seen INSTANT NAVIGATIONS TEXT".
import { chromium } from "playwright-core";

const [url, account] = process.argv.slice(2);
const patience = 60_000;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
try {
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
  let navigations = 0;
  page.on("framenavigated", () => navigations++);
  await page.goto(url, { timeout: patience });
  await page.waitForSelector('html[data-standing="live"], html[data-standing="quiet"]', { timeout: patience, state: "attached" });
  console.log("watching");
  const line = await page.waitForSelector(`[data-type="stage_changed"][data-account="${account}"]`, { timeout: patience, state: "attached" });
  console.log(`seen ${Date.now()} ${navigations} ${(await line.innerText()).replace(/\s+/g, " ")}`);
} finally {
  await browser.close();
}
