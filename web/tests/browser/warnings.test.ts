import { afterAll, beforeAll, expect, test } from "vitest";
import { startMock } from "../mock/server.mjs";
import { pictureShown, visit, type Visit } from "./support";

let mock: Awaited<ReturnType<typeof startMock>>;
let v: Visit;
const row = (id: string) => v.page.locator(`[data-testid="warning"][data-id="${id}"]`);

beforeAll(async () => {
  mock = await startMock({ tracks: 20 });
  v = await visit(mock.url);
  await pictureShown(v.page);
  await row("w-1").waitFor();
});
afterAll(async () => {
  await v?.close();
  await mock?.close();
});

test("the gravest warning is on top, with stage in words, its why and its CAP document", async () => {
  const first = v.page.getByTestId("warning").first();
  expect(await first.getAttribute("data-stage")).toBe("act");
  expect(await first.textContent()).toMatch(/!!!ACTSaltmereEXERCISE/);
  expect(await first.getByTestId("why").textContent()).toContain("seen by radar-north and radar-east");
  expect(await first.getByTestId("cap-link").getAttribute("href")).toBe("/api/v1/warnings/w-1.cap.xml");
  expect(await v.page.getByTestId("warning-count").textContent()).toBe("2");
  expect(await v.page.title()).toBe("(2) ACT \u2013 Lapwing EXERCISE");
});

test("places under warning are listed with stage and arrival window", async () => {
  const place = v.page.locator('[data-testid="place"][data-id="saltmere"]');
  expect(await place.textContent()).toMatch(/ACT.*Saltmere.*arrival \d\d:\d\d:\d\dZ\u2013\d\d:\d\d:\d\dZ.*2 min 5 %.*6 min 64 %/);
});

test("sensors are alive, silent or never heard", async () => {
  const state = (id: string) => v.page.locator(`[data-testid="sensor"][data-id="${id}"]`).getAttribute("data-state");
  expect([await state("radar-north"), await state("radar-west"), await state("acoustic-7")]).toEqual(["alive", "silent", "never"]);
  expect(await v.page.getByTestId("sensor-count").textContent()).toBe("3 alive \u00b7 1 silent \u00b7 1 never heard");
});

test("acknowledging asks for a name once", async () => {
  await row("w-1").getByTestId("acknowledge").click();
  await v.page.getByTestId("operator-name").fill("R. Vale");
  await v.page.getByTestId("name-confirm").click();
  await expect.poll(() => row("w-1").getAttribute("data-state")).toBe("acknowledged");
  expect(await row("w-1").getByTestId("warning-state").textContent()).toBe("acknowledged by R. Vale");
  await row("w-2").getByTestId("acknowledge").click();
  await expect.poll(() => row("w-2").getAttribute("data-state")).toBe("acknowledged");
  expect(mock.posts).toEqual([
    { path: "/api/v1/warnings/w-1/acknowledge", body: { by: "R. Vale" } },
    { path: "/api/v1/warnings/w-2/acknowledge", body: { by: "R. Vale" } },
  ]);
});

test("cancelling needs a reason and a confirmation, and can be thought better of", async () => {
  mock.posts.length = 0;
  await row("w-2").getByTestId("cancel").click();
  await v.page.getByTestId("cancel-confirm").click();
  await v.page.getByTestId("cancel-reason").fill("It was our own survey drone.");
  await v.page.getByTestId("cancel-confirm").click();
  expect(await v.page.getByTestId("cancel-dialog").isVisible()).toBe(true);
  await v.page.getByTestId("cancel-back").click();
  expect(mock.posts).toEqual([]);
  await row("w-2").getByTestId("cancel").click();
  await v.page.getByTestId("cancel-reason").fill("It was our own survey drone.");
  await v.page.getByTestId("cancel-sure").check();
  await v.page.getByTestId("cancel-confirm").click();
  await expect.poll(() => row("w-2").getAttribute("data-state")).toBe("cancelled");
  expect(mock.posts).toEqual([{ path: "/api/v1/warnings/w-2/cancel", body: { by: "R. Vale", reason: "It was our own survey drone." } }]);
});

test("a refusal of the server is shown with what, where and how to mend it", async () => {
  mock.knobs.failActions = true;
  await row("w-1").getByTestId("cancel").click();
  await v.page.getByTestId("cancel-reason").fill("x");
  await v.page.getByTestId("cancel-sure").check();
  await v.page.getByTestId("cancel-confirm").click();
  const notice = v.page.getByTestId("notice-error");
  await notice.waitFor();
  expect(await notice.textContent()).toMatch(/The warning has already ended\..*warning w-1.*Nothing needs to be done\./);
  expect(await row("w-1").getByTestId("cancel").isEnabled()).toBe(true);
});

test("keys typed into a field are letters, not commands", async () => {
  await row("w-1").getByTestId("cancel").click();
  await v.page.getByTestId("cancel-reason").focus();
  await v.page.keyboard.type("llt");
  expect(await v.page.getByTestId("cancel-reason").inputValue()).toBe("llt");
  expect(await v.page.getByTestId("tool-labels").getAttribute("aria-pressed")).toBe("true");
  await v.page.getByTestId("cancel-back").click();
});

test("on a phone the map, the warnings and the banner are there and nothing runs over the edge", async () => {
  await v.page.setViewportSize({ width: 390, height: 780 });
  expect(await v.page.getByTestId("mode-banner").isVisible()).toBe(true);
  expect(await v.page.getByTestId("warning").first().isVisible()).toBe(true);
  expect(await v.page.getByTestId("sensor").first().isVisible()).toBe(false);
  await v.page.getByRole("tab", { name: "Sensors" }).click();
  expect(await v.page.getByTestId("sensor").first().isVisible()).toBe(true);
  const [scroll, width] = await v.page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  expect(scroll).toBe(width);
});
