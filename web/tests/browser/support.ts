/** What every browser test needs: a page on a server, with everything it asked for written down. */
import type { Page } from "playwright-core";
import { openBrowser } from "../../scripts/chromium.mjs";

export interface Facts {
  trackCount: number;
  frames: number;
  lastFrameMs: number | null;
  selectedId: string | null;
  mapReady: boolean;
  applyMs: number[];
  drawMs: number[];
  bytes: number;
  stream: { reconnects: number; gaps: number };
}

export interface Visit {
  page: Page;
  /** Requests to any other host than the server's, WebSockets included. */
  foreign: string[];
  requests: string[];
  /** Uncaught errors, console errors, content security policy violations. */
  complaints: string[];
  close: () => Promise<void>;
}

export async function visit(url: string, size: { width?: number; height?: number; mobile?: boolean } = {}): Promise<Visit> {
  const browser = await openBrowser(size);
  const page = await browser.context.newPage();
  const origin = new URL(url).host;
  const foreign: string[] = [];
  const requests: string[] = [];
  const complaints: string[] = [];
  const note = (address: string): void => {
    requests.push(address);
    if (address.startsWith("data:") || address.startsWith("blob:")) return;
    if (new URL(address).host !== origin) foreign.push(address);
  };
  // On the context: workers' requests are seen too.
  browser.context.on("request", (request) => note(request.url()));
  page.on("websocket", (socket) => note(socket.url()));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    if (text.includes("GL Driver Message") || text.includes("GPU stall")) return;
    if (message.type() === "error" || (message.type() === "warning" && text.includes("Image "))) complaints.push(`console: ${text}`);
  });
  await page.goto(url);
  return { page, foreign, requests, complaints, close: () => browser.close() };
}

export async function pictureShown(page: Page, tracksMin = 1): Promise<void> {
  await page.waitForFunction(
    (min) => {
      const f = (window as unknown as { lapwing?: Facts }).lapwing;
      return f !== undefined && f.mapReady && f.trackCount >= min && f.frames >= 2;
    },
    tracksMin,
    { timeout: 60_000 },
  );
}

export async function facts(page: Page): Promise<Facts> {
  return page.evaluate(() => {
    const f = (window as unknown as { lapwing: Facts }).lapwing;
    const { trackCount, frames, lastFrameMs, selectedId, mapReady, applyMs, drawMs, bytes } = f;
    return { trackCount, frames, lastFrameMs, selectedId, mapReady, applyMs, drawMs, bytes, stream: { reconnects: f.stream.reconnects, gaps: f.stream.gaps } };
  });
}

/** How many features of a layer the map has really placed on screen. */
export async function drawn(page: Page, layer: string): Promise<number> {
  return page.evaluate((name) => {
    const map = (window as unknown as { lapwing: { map: { queryRenderedFeatures: (o: object) => unknown[] } } }).lapwing.map;
    return map.queryRenderedFeatures({ layers: [name] }).length;
  }, layer);
}

/** Pixels of the map's canvas that are brighter than the ground ever is. */
export async function brightPixels(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const map = (window as unknown as { lapwing: { map: { once: (e: string, f: () => void) => void; triggerRepaint: () => void; getCanvas: () => HTMLCanvasElement } } }).lapwing.map;
        map.once("render", () => {
          const source = map.getCanvas();
          const copy = document.createElement("canvas");
          copy.width = source.width;
          copy.height = source.height;
          const pen = copy.getContext("2d");
          pen?.drawImage(source, 0, 0);
          const { data } = pen?.getImageData(0, 0, copy.width, copy.height) ?? { data: new Uint8ClampedArray() };
          let bright = 0;
          for (let i = 0; i < data.length; i += 4) if ((data[i] ?? 0) + (data[i + 1] ?? 0) + (data[i + 2] ?? 0) > 330) bright += 1;
          resolve(bright);
        });
        map.triggerRepaint();
      }),
  );
}

export async function screenOf(page: Page, trackId: string): Promise<{ x: number; y: number }> {
  const at = await page.evaluate((id) => {
    const l = (window as unknown as { lapwing: { map: { project: (p: [number, number]) => { x: number; y: number }; getCanvas: () => HTMLCanvasElement }; picture: { tracks: Map<string, { lonDeg: number; latDeg: number }> } } }).lapwing;
    const track = l.picture.tracks.get(id);
    if (track === undefined) return null;
    const box = l.map.getCanvas().getBoundingClientRect();
    const p = l.map.project([track.lonDeg, track.latDeg]);
    return { x: p.x + box.left, y: p.y + box.top };
  }, trackId);
  if (at === null) throw new Error(`no track ${trackId}`);
  return at;
}
