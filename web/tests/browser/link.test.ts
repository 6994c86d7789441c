import { afterAll, beforeAll, expect, test } from "vitest";
import { startMock } from "../mock/server.mjs";
import { facts, pictureShown, visit, type Visit } from "./support";

let mock: Awaited<ReturnType<typeof startMock>>;
let v: Visit;
const state = () => v.page.getByTestId("link-state").getAttribute("data-state");
const banner = () => v.page.getByTestId("mode-banner").innerText();

beforeAll(async () => {
  mock = await startMock({ tracks: 20, mode: "live" });
  v = await visit(mock.url);
  await pictureShown(v.page);
});
afterAll(async () => {
  await v?.close();
  await mock?.close();
});

test("each mode has its own words, its own colour and the whole width", async () => {
  const looks = new Set<string>();
  for (const [mode, speed, words] of [["live", null, /^LIVE/], ["replay", 60, /^REPLAY \u00d760/], ["exercise", 1, /^EXERCISE/]] as const) {
    mock.knobs.mode = mode;
    mock.knobs.speed = speed;
    await expect.poll(banner, { timeout: 15_000 }).toMatch(words);
    const box = await v.page.getByTestId("mode-banner").boundingBox();
    expect(box?.width).toBe(1280);
    expect(box?.y).toBe(0);
    looks.add(await v.page.getByTestId("mode-banner").evaluate((e) => getComputedStyle(e).backgroundColor + getComputedStyle(e).backgroundImage));
  }
  expect(looks.size).toBe(3);
  mock.knobs.mode = "live";
  mock.knobs.speed = null;
});

test("time is UTC and the picture's age is told", async () => {
  expect(await v.page.getByTestId("utc").textContent()).toMatch(/^\d\d:\d\d:\d\dZ$/);
  const shown = (await v.page.getByTestId("utc").textContent()) ?? "";
  const now = new Date().toISOString().slice(11, 16);
  expect(shown.slice(0, 5)).toBe(now);
  await expect.poll(() => v.page.getByTestId("picture-age").getAttribute("data-level")).toBe("fresh");
});

test("a lost connection is shown and mends itself", async () => {
  const before = mock.connections;
  mock.knobs.refuse = true;
  mock.dropConnections();
  await v.page.getByTestId("alarm-link").waitFor();
  expect(await v.page.getByTestId("alarm-link").textContent()).toMatch(/CONNECTION LOST.*Trying again|CONNECTION LOST.*reconnecting/);
  expect(await v.page.getByTestId("track-count").textContent()).toBe("20");
  mock.knobs.refuse = false;
  await v.page.getByTestId("alarm-link").waitFor({ state: "detached", timeout: 30_000 });
  expect(await state()).toBe("open");
  expect(mock.connections).toBe(before + 1);
});

test("a missing frame makes the page ask for a full one", async () => {
  const before = mock.connections;
  const gaps = (await facts(v.page)).stream.gaps;
  mock.knobs.skipSeq = true;
  await expect.poll(() => mock.connections, { timeout: 15_000 }).toBe(before + 1);
  await expect.poll(state, { timeout: 15_000 }).toBe("open");
  expect((await facts(v.page)).stream.gaps).toBe(gaps + 1);
});

test("a silent feed becomes a visible alarm", async () => {
  mock.knobs.mute = true;
  await v.page.getByTestId("alarm-age").waitFor({ timeout: 20_000 });
  await expect.poll(() => v.page.getByTestId("alarm-age").getAttribute("data-level"), { timeout: 20_000 }).toBe("alarm");
  expect(await v.page.getByTestId("alarm-age").textContent()).toContain("Do not rely on");
  expect(await v.page.evaluate(() => document.body.classList.contains("stale"))).toBe(true);
  mock.knobs.mute = false;
  await v.page.getByTestId("alarm-age").waitFor({ state: "detached", timeout: 30_000 });
});

test("a live picture whose time is not now is an alarm", async () => {
  mock.knobs.clockOffsetMs = -60_000;
  await v.page.getByTestId("alarm-lag").waitFor({ timeout: 15_000 });
  expect(await v.page.getByTestId("alarm-lag").textContent()).toContain("behind");
  mock.knobs.clockOffsetMs = 0;
  await v.page.getByTestId("alarm-lag").waitFor({ state: "detached", timeout: 15_000 });
});

test("with no sensor alive the sky is called unknown, not empty", async () => {
  mock.knobs.allSilent = true;
  await v.page.getByTestId("alarm-sensors").waitFor({ timeout: 15_000 });
  expect(await v.page.getByTestId("alarm-sensors").textContent()).toContain("unknown, not empty");
  mock.knobs.allSilent = false;
  await v.page.getByTestId("alarm-sensors").waitFor({ state: "detached", timeout: 15_000 });
});
