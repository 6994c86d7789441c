// @ts-check
// Takes the README's picture of a running map.
//   LAPWING_URL=http://127.0.0.1:8090 node scripts/picture.mjs OUT.png
//     [--tracks 5]      wait until at least so many tracks are on the map
//     [--warning act]   wait until an open warning of this stage (or "any") is listed
//     [--select]        select the track of the gravest open warning
//     [--width 1600 --height 1000 --timeout 300 (seconds) --settle 20 (seconds of trails first)]
// Exit: 0 done, 1 what was waited for did not come, 2 wrong words.
import { parseArgs } from "node:util";
import { openBrowser } from "./chromium.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tracks: { type: "string", default: "1" },
    warning: { type: "string" },
    select: { type: "boolean", default: false },
    width: { type: "string", default: "1600" },
    height: { type: "string", default: "1000" },
    timeout: { type: "string", default: "300" },
    settle: { type: "string", default: "20" },
  },
});
const url = process.env["LAPWING_URL"];
const out = positionals[0];
if (!url || !out || positionals.length !== 1) {
  console.error("usage: LAPWING_URL=http://127.0.0.1:8090 node scripts/picture.mjs OUT.png [--tracks N] [--warning act|any] [--select]");
  process.exit(2);
}

const browser = await openBrowser({ width: Number(values.width), height: Number(values.height) });
try {
  const page = await browser.context.newPage();
  page.setDefaultTimeout(Number(values.timeout) * 1000);
  page.on("pageerror", (error) => console.error(`page: ${error.message}`));
  await page.goto(url);
  await page.waitForFunction(
    (tracks) => {
      const facts = /** @type {any} */ (window).lapwing;
      return facts?.mapReady && facts.trackCount >= tracks;
    },
    Number(values.tracks),
  );
  const wanted = values.warning;
  const stage = wanted && wanted !== "any" ? `[data-stage="${wanted}"]` : ':not([data-stage="all_clear"])';
  const row = page.locator(`[data-testid="warning"][data-state="active"]${stage}`).first();
  if (wanted) await row.waitFor();
  await page.waitForTimeout(Number(values.settle) * 1000);
  if (values.select) {
    await page.keyboard.press("n");
    await page.waitForTimeout(3000);
    await page.keyboard.press("h");
  }
  await page.waitForTimeout(2500);
  await page.screenshot({ path: out });
  console.log(out);
} catch (error) {
  console.error(`No picture: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}
