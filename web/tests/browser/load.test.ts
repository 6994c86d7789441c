/**
 * 2,000 moving tracks with labels, trails and vectors, drawn in software. The limits are what an
 * operator notices: a frame must be taken in and drawn before the next one comes, and the page must
 * answer a key while it does. The figures are printed for the README.
 */
import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startMock } from "../mock/server.mjs";
import { drawn, facts, pictureShown, visit, type Visit } from "./support";

const SECONDS = 20;
let mock: Awaited<ReturnType<typeof startMock>>;
let v: Visit;

beforeAll(async () => {
  mock = await startMock({ tracks: 2000, history: 5 });
  v = await visit(mock.url);
  await pictureShown(v.page, 2000);
});
afterAll(async () => {
  await v?.close();
  await mock?.close();
});

function quantile(values: number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

test("2,000 tracks stay usable", async () => {
  await expect.poll(() => drawn(v.page, "track-icons"), { timeout: 40_000 }).toBeGreaterThan(1000);
  // Let the trails grow to their length.
  await v.page.waitForTimeout(20_000);
  const before = await facts(v.page);
  const watched = v.page.evaluate(
    (ms) =>
      new Promise<{ gapsMs: number[]; longTasksMs: number[]; shownMs: number[] }>((resolve) => {
        const gapsMs: number[] = [];
        const longTasksMs: number[] = [];
        const shownMs: number[] = [];
        new PerformanceObserver((list) => list.getEntries().forEach((e) => longTasksMs.push(e.duration))).observe({ type: "longtask" });
        const l = (window as unknown as { lapwing: { lastFrameMs: number; map: { on: (e: string, f: () => void) => void } } }).lapwing;
        let shownFor = 0;
        // From the arrival of a frame to the map having nothing left to do for it.
        l.map.on("idle", () => {
          if (l.lastFrameMs !== shownFor) {
            shownFor = l.lastFrameMs;
            shownMs.push(Date.now() - l.lastFrameMs);
          }
        });
        const start = performance.now();
        let last = start;
        const step = (now: number): void => {
          gapsMs.push(now - last);
          last = now;
          if (now - start < ms) requestAnimationFrame(step);
          else resolve({ gapsMs, longTasksMs, shownMs });
        };
        requestAnimationFrame(step);
      }),
    SECONDS * 1000,
  );
  const keysMs: number[] = [];
  for (let i = 0; i < 5; i += 1) {
    await v.page.waitForTimeout(1700);
    const t0 = Date.now();
    await v.page.keyboard.press("v");
    await v.page.waitForFunction((on) => document.querySelector('[data-testid="tool-vectors"]')?.getAttribute("aria-pressed") === on, i % 2 === 0 ? "false" : "true");
    keysMs.push(Date.now() - t0);
  }
  const seen = await watched;
  const after = await facts(v.page);
  const frames = after.frames - before.frames;
  const figures = {
    tracks: after.trackCount,
    seconds: SECONDS,
    frames,
    bytesPerFrame: Math.round((after.bytes - before.bytes) / frames),
    applyMs: { p50: quantile(after.applyMs, 0.5), p95: quantile(after.applyMs, 0.95) },
    drawMs: { p50: quantile(after.drawMs, 0.5), p95: quantile(after.drawMs, 0.95) },
    animationFramesPerSecond: seen.gapsMs.length / SECONDS,
    frameGapMs: { p50: quantile(seen.gapsMs, 0.5), p95: quantile(seen.gapsMs, 0.95), max: Math.max(...seen.gapsMs) },
    longTaskMs: { count: seen.longTasksMs.length, max: Math.max(0, ...seen.longTasksMs) },
    fromFrameToShownMs: { count: seen.shownMs.length, p50: quantile(seen.shownMs, 0.5), p95: quantile(seen.shownMs, 0.95) },
    keyMs: { max: Math.max(...keysMs) },
  };
  console.log(JSON.stringify(figures, (_k, x: unknown) => (typeof x === "number" ? Math.round(x * 10) / 10 : x), 1));
  const out = process.env["LAPWING_FIGURES"];
  if (out) await writeFile(out, JSON.stringify(figures));

  expect(after.trackCount).toBe(2000);
  // One frame a second came, and every one was taken in.
  expect(frames).toBeGreaterThanOrEqual(SECONDS - 4);
  expect(figures.applyMs.p95 + figures.drawMs.p95).toBeLessThan(250);
  expect(figures.animationFramesPerSecond).toBeGreaterThan(8);
  expect(figures.frameGapMs.p95).toBeLessThan(400);
  expect(figures.frameGapMs.max).toBeLessThan(1500);
  expect(figures.keyMs.max).toBeLessThan(1500);
  expect(after.stream.reconnects).toBe(0);
});
