/**
 * Against a real server: LAPWING_URL=http://127.0.0.1:8090 npm run test:e2e
 * Waits for tracks on the map; with LAPWING_EXPECT_WARNING=1 also for a warning, which it
 * acknowledges and cancels: for exercises only. Skipped where LAPWING_URL is not set.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { drawn, facts, pictureShown, visit, type Visit } from "./support";

const url = process.env["LAPWING_URL"];
const expectWarning = process.env["LAPWING_EXPECT_WARNING"] === "1";
const WARNING_WAIT_MS = 60_000;
if (!url) console.error("SKIPPED: end-to-end map test (LAPWING_URL is not set)");

/** A warning as the page, the API and its CAP document tell it. */
interface Told {
  page: { stage: string; state: string; why: string };
  api: { version: number; stage: string; state: string; why: string; exercise: boolean; acknowledged_by: string | null; cancelled_by: string | null; cancel_reason: string | null };
  cap: { namespace: string | null; msgType: string; status: string; incidents: string; references: number; version: number; stage: string; state: string; why: string };
}

async function told(page: Page, id: string): Promise<Told> {
  return page.evaluate(async (warning) => {
    const row = document.querySelector<HTMLElement>(`[data-testid="warning"][data-id="${warning}"]`);
    const href = row?.querySelector<HTMLAnchorElement>('[data-testid="cap-link"]')?.href ?? "";
    const api = (await (await fetch(`/api/v1/warnings/${encodeURIComponent(warning)}`)).json()) as Told["api"];
    const xml = new DOMParser().parseFromString(await (await fetch(href)).text(), "application/xml");
    const text = (name: string): string => xml.getElementsByTagName(name)[0]?.textContent ?? "";
    const parameters = new Map([...xml.getElementsByTagName("parameter")].map((p) => [p.children[0]?.textContent, p.children[1]?.textContent ?? ""]));
    const parameter = (name: string): string => parameters.get(`lapwing:${name}`) ?? "";
    return {
      page: { stage: row?.dataset["stage"] ?? "", state: row?.dataset["state"] ?? "", why: row?.querySelector('[data-testid="why"]')?.textContent ?? "" },
      api,
      cap: {
        namespace: xml.documentElement.namespaceURI,
        msgType: text("msgType"),
        status: text("status"),
        incidents: text("incidents"),
        references: text("references").split(" ").filter((r) => r !== "").length,
        version: Number(parameter("version")),
        stage: parameter("stage"),
        state: parameter("state"),
        why: parameter("why"),
      },
    };
  }, id);
}

/** What the three do not say alike; empty when they agree. */
function disagreement({ page, api, cap }: Told): string {
  const keys = ["stage", "state", "why"] as const;
  const differ: string[] = keys.filter((key) => page[key] !== api[key] || cap[key] !== api[key]);
  if (cap.version !== api.version) differ.push("version");
  return differ.map((key) => `${key}: ${JSON.stringify([page, api, cap])}`).join("; ");
}

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

  test.skipIf(!expectWarning)("shows a warning as the API and CAP tell it, and takes an acknowledgement and a cancellation", { timeout: WARNING_WAIT_MS + 90_000 }, async () => {
    // The gravest stage: nothing can raise it further and so undo the acknowledgement.
    const first = v.page.locator('[data-testid="warning"][data-state="active"][data-stage="act"]').first();
    await first.waitFor({ timeout: WARNING_WAIT_MS });
    const id = (await first.getAttribute("data-id")) ?? "";
    const row = v.page.locator(`[data-testid="warning"][data-id="${id}"]`);
    const agreed = async (state: string): Promise<Told> => {
      await expect.poll(() => row.getAttribute("data-state"), { timeout: 15_000 }).toBe(state);
      // A new version may come between two answers: that all three agree must be so soon, not at once.
      await expect.poll(async () => disagreement(await told(v.page, id)), { timeout: 15_000 }).toBe("");
      return told(v.page, id);
    };

    const raised = await agreed("active");
    expect(raised.api.why).toMatch(/^track \d+-\d+ \(.+\) seen by .+; exists [01]\.\d\d; P\(arrive/);
    expect(raised.api.exercise).toBe(true);
    expect(raised.cap).toMatchObject({ namespace: "urn:oasis:names:tc:emergency:cap:1.2", status: "Exercise", incidents: id });

    await row.getByTestId("acknowledge").click();
    await v.page.getByTestId("operator-name").fill("browser test");
    await v.page.getByTestId("name-confirm").click();
    const seen = await agreed("acknowledged");
    expect(await row.getByTestId("warning-state").textContent()).toBe("acknowledged by browser test");
    expect(seen.api.acknowledged_by).toBe("browser test");
    expect(seen.cap.msgType).toBe("Update");
    expect(seen.api.version).toBeGreaterThan(raised.api.version);

    await row.getByTestId("cancel").click();
    await v.page.getByTestId("cancel-reason").fill("It was our own survey drone.");
    await v.page.getByTestId("cancel-sure").check();
    await v.page.getByTestId("cancel-confirm").click();
    const cancelled = await agreed("cancelled");
    expect(cancelled.api).toMatchObject({ cancelled_by: "browser test", cancel_reason: "It was our own survey drone." });
    expect(cancelled.cap).toMatchObject({ msgType: "Cancel", status: "Exercise" });
    expect(cancelled.cap.references, "a cancellation names every version that it withdraws").toBe(cancelled.api.version - 1);
  });

  test("asks no other host for anything, and nothing complains", () => {
    expect(v.foreign).toEqual([]);
    expect(v.complaints).toEqual([]);
  });
});
