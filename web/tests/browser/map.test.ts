import { afterAll, beforeAll, expect, test } from "vitest";
import { startMock } from "../mock/server.mjs";
import { brightPixels, drawn, facts, pictureShown, screenOf, visit, type Visit } from "./support";

let mock: Awaited<ReturnType<typeof startMock>>;
let v: Visit;

beforeAll(async () => {
  mock = await startMock({ tracks: 60, history: 30 });
  v = await visit(mock.url);
  await pictureShown(v.page, 60);
});
afterAll(async () => {
  await v?.close();
  await mock?.close();
});

test("all tracks are on the map, with letters drawn from this machine alone", async () => {
  await expect.poll(() => drawn(v.page, "track-icons"), { timeout: 20_000 }).toBeGreaterThan(40);
  await expect.poll(() => drawn(v.page, "track-labels")).toBeGreaterThan(10);
  await expect.poll(() => drawn(v.page, "place-labels")).toBe(4);
  mock.knobs.paused = true;
  await v.page.waitForTimeout(2500);
  const withLabels = await brightPixels(v.page);
  await v.page.keyboard.press("l");
  await expect.poll(() => drawn(v.page, "track-labels"), { timeout: 20_000 }).toBe(0);
  await v.page.waitForTimeout(500);
  const without = await brightPixels(v.page);
  // Letters are some hundred bright pixels a label; empty boxes would be none.
  expect(withLabels - without).toBeGreaterThan(1500);
  await v.page.keyboard.press("l");
  mock.knobs.paused = false;
});

test("sea, land of the world and the island are drawn", async () => {
  await expect.poll(() => drawn(v.page, "site-land"), { timeout: 20_000 }).toBeGreaterThan(0);
  await v.page.evaluate(() => (window as unknown as { lapwing: { map: { jumpTo: (o: object) => void } } }).lapwing.map.jumpTo({ center: [10, 50], zoom: 4 }));
  await expect.poll(() => drawn(v.page, "world-land"), { timeout: 20_000 }).toBeGreaterThan(0);
  await v.page.keyboard.press("h");
  await v.page.waitForTimeout(800);
});

test("a click selects, details appear, Escape deselects", async () => {
  const at = await screenOf(v.page, "demo-100");
  await v.page.mouse.click(at.x, at.y);
  await v.page.getByTestId("details").waitFor();
  expect(await v.page.getByTestId("details-id").textContent()).toBe("track demo-100");
  expect(await v.page.getByTestId("details-height").textContent()).toMatch(/^\d+ m MSL \(\d+ ft\)$/);
  expect(await v.page.getByTestId("details-speed").textContent()).toBe("50 m/s (97 kt)");
  expect(await v.page.getByTestId("details-class").textContent()).toBe("fixed wing drone 91 %");
  const saltmere = v.page.locator('[data-testid="forecast"][data-place="saltmere"]');
  await saltmere.waitFor();
  expect(await saltmere.getAttribute("data-motion")).toBe("toward");
  expect(await saltmere.textContent()).toMatch(/Saltmere.*toward.*%.*\d\d:\d\d:\d\dZ/);
  expect(await v.page.getByTestId("details-contributors").textContent()).toContain("radar-north");
  await expect.poll(() => drawn(v.page, "ellipse-line")).toBeGreaterThan(0);
  await v.page.keyboard.press("Escape");
  await v.page.getByTestId("details").waitFor({ state: "hidden" });
  expect((await facts(v.page)).selectedId).toBeNull();
});

test("claims are apart from what was measured, and marked", async () => {
  const claimed = await v.page.evaluate(() => {
    const { tracks } = (window as unknown as { lapwing: { picture: { tracks: Map<string, { id: string; origin: string }> } } }).lapwing.picture;
    return [...tracks.values()].find((t) => t.origin === "claim")?.id ?? "";
  });
  mock.warnings.push({
    id: "w-c", place_id: "ashby-quay", place_name: "Ashby Quay", stage: "advisory", state: "active", issued_ms: 1, updated_ms: 1,
    why: "a claim only", track_ids: [claimed], acknowledged_by: null, exercise: true,
  });
  mock.dropConnections();
  await v.page.locator('[data-testid="warning"][data-id="w-c"]').getByRole("button", { name: claimed }).click();
  await v.page.getByTestId("details-claims").waitFor();
  expect(await v.page.getByTestId("details-claims").textContent()).toMatch(/Claims.*not measured.*callsign.*trust 82 %/s);
  await v.page.keyboard.press("Escape");
});

test("keys switch and follow", async () => {
  const pressed = (name: string) => v.page.getByTestId(`tool-${name}`).getAttribute("aria-pressed");
  for (const [key, name] of [["t", "trails"], ["v", "vectors"], ["s", "sensors"], ["l", "labels"]] as const) {
    await v.page.keyboard.press(key);
    expect(await pressed(name)).toBe("false");
    await v.page.keyboard.press(key);
    expect(await pressed(name)).toBe("true");
  }
  await v.page.keyboard.press("f");
  expect(await pressed("follow")).toBe("false");
  await v.page.keyboard.press("n");
  await v.page.keyboard.press("f");
  expect(await pressed("follow")).toBe("true");
  await v.page.keyboard.press("?");
  await v.page.getByTestId("help").waitFor();
  await v.page.keyboard.press("Escape");
  await v.page.getByTestId("help").waitFor({ state: "detached" });
  expect((await facts(v.page)).selectedId).not.toBeNull();
  await v.page.keyboard.press("Escape");
  expect((await facts(v.page)).selectedId).toBeNull();
});

test("a callsign made of markup is text, and nothing else", async () => {
  const now = Date.now();
  mock.knobs.extraTracks = [
    ["evil-1", now + 1e7, 47.2, -24.4, 100, "msl", 1, 1, 0, 0.9, "<b>x</b>", 0.5, '<img src=x onerror="window.pwned=1">', "claim", null, ["<s>"], true],
    ["broken", "yesterday", 91, 0],
  ];
  await expect.poll(async () => (await facts(v.page)).trackCount).toBe(61);
  await v.page.keyboard.press("h");
  await v.page.waitForTimeout(2000);
  const at = await screenOf(v.page, "evil-1");
  await v.page.mouse.click(at.x, at.y);
  await v.page.getByTestId("details-name").waitFor();
  await expect.poll(() => v.page.getByTestId("details-name").textContent()).toBe('<img src=x onerror="win\u2026');
  expect(await v.page.getByTestId("details-class").textContent()).toBe("<b>x</b> 50 %");
  expect(await v.page.locator("img").count()).toBe(0);
  expect(await v.page.evaluate(() => (window as unknown as { pwned?: number }).pwned)).toBeUndefined();
  expect(await v.page.getByTestId("counters").textContent()).toContain("rows not understood");
  // The server knows no such track: its answer is shown as what it is.
  await expect.poll(() => v.page.getByTestId("details-problem").textContent()).toContain("No such track.");
  await v.page.keyboard.press("Escape");
  mock.knobs.extraTracks = [];
});

test("no other host was asked for anything, and nothing complained", () => {
  expect(v.foreign).toEqual([]);
  expect(v.requests.some((r) => r.startsWith("ws://"))).toBe(true);
  expect(v.requests.some((r) => r.includes("maplibre-gl-worker"))).toBe(true);
  // The unknown track's 404 above is expected; content security policy violations would show here too.
  expect(v.complaints.filter((c) => !c.includes("404"))).toEqual([]);
});
