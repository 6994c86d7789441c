/**
 * Against a real server: LAPWING_URL=http://127.0.0.1:8090 npm run test:e2e
 * Waits for tracks on the map; with LAPWING_EXPECT_WARNING=1 also for a warning, which it
 * acknowledges. Skipped where LAPWING_URL is not set.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { drawn, facts, pictureShown, visit, type Visit } from "./support";

const url = process.env["LAPWING_URL"];
const expectWarning = process.env["LAPWING_EXPECT_WARNING"] === "1";
const WARNING_WAIT_MS = 600_000;
if (!url) console.error("SKIPPED: end-to-end map test (LAPWING_URL is not set)");

describe.skipIf(!url)("a real server", () => {
  let v: Visit;
  beforeAll(async () => {
    v = await visit(url ?? "");
  });
  afterAll(async () => {
    await v?.close();
  });

  test("shows tracks, time, mode and sensors", async () => {
    await pictureShown(v.page);
    await expect.poll(() => drawn(v.page, "track-icons"), { timeout: 60_000 }).toBeGreaterThan(0);
    expect(await v.page.getByTestId("mode-banner").getAttribute("data-mode")).toMatch(/^(live|replay|exercise)$/);
    expect(await v.page.getByTestId("link-state").getAttribute("data-state")).toBe("open");
    expect(await v.page.getByTestId("picture-time").textContent()).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/);
    const before = (await facts(v.page)).frames;
    await expect.poll(async () => (await facts(v.page)).frames, { timeout: 15_000 }).toBeGreaterThan(before + 2);
    expect((await facts(v.page)).stream).toEqual({ reconnects: 0, gaps: 0 });
    expect(await v.page.getByTestId("counters").textContent()).not.toContain("rows not understood");
  });

  test("gives the details of a track", async () => {
    const id = await v.page.evaluate(() => {
      const l = (window as unknown as { lapwing: { picture: { tracks: Map<string, { confirmed: boolean }> }; map: { queryRenderedFeatures: (o: object) => { properties: { id: string } }[] } } }).lapwing;
      const hits = l.map.queryRenderedFeatures({ layers: ["track-icons"] });
      return hits.find((h) => l.picture.tracks.get(h.properties.id)?.confirmed)?.properties.id ?? hits[0]?.properties.id ?? "";
    });
    expect(id).not.toBe("");
    const answer = await v.page.evaluate(async (track) => {
      const response = await fetch(`/api/v1/tracks/${encodeURIComponent(track)}`);
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    }, id);
    expect(answer.status).toBe(200);
    for (const key of ["id", "lat_deg", "lon_deg", "height_datum", "classes", "claims", "contributors", "forecasts", "trail"]) {
      expect(answer.body, `the track's "${key}"`).toHaveProperty(key);
    }
  });

  test.skipIf(!expectWarning)(
    "shows a warning, its CAP document, and takes an acknowledgement",
    { timeout: WARNING_WAIT_MS + 60_000 },
    async () => {
      const row = v.page.locator('[data-testid="warning"][data-state="active"]:not([data-stage="all_clear"])').first();
      await row.waitFor({ timeout: WARNING_WAIT_MS });
      const id = await row.getAttribute("data-id");
      expect((await row.getByTestId("why").textContent())?.length).toBeGreaterThan(10);
      const cap = await v.page.evaluate(async (href) => {
        const response = await fetch(href);
        return { status: response.status, text: await response.text() };
      }, (await row.getByTestId("cap-link").getAttribute("href")) ?? "");
      expect(cap.status).toBe(200);
      expect(cap.text).toContain("urn:oasis:names:tc:emergency:cap:1.2");
      const same = v.page.locator(`[data-testid="warning"][data-id="${id}"]`);
      await same.getByTestId("acknowledge").click();
      await v.page.getByTestId("operator-name").fill("browser test");
      await v.page.getByTestId("name-confirm").click();
      await expect.poll(() => same.getAttribute("data-state"), { timeout: 15_000 }).toBe("acknowledged");
    },
  );

  test("asks no other host for anything, and nothing complains", () => {
    expect(v.foreign).toEqual([]);
    expect(v.complaints).toEqual([]);
  });
});
