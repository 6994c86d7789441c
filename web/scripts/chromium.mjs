// @ts-check
// The system's Chromium with a fresh profile, drawing WebGL in software: one place for the browser
// tests and for the README's picture.
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const CANDIDATES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable"];

/** Path of the browser, or null; the environment variable CHROMIUM goes first. */
export function chromiumPath() {
  const named = process.env["CHROMIUM"];
  if (named) return existsSync(named) ? named : null;
  return CANDIDATES.find((path) => existsSync(path)) ?? null;
}

/**
 * @param {{ width?: number, height?: number, scale?: number, mobile?: boolean }} [size]
 */
export async function openBrowser(size = {}) {
  const executablePath = chromiumPath();
  if (executablePath === null) {
    throw new Error("No Chromium found. Install the system's package (Debian: apt-get install chromium) or name it in CHROMIUM.");
  }
  const profile = await mkdtemp(join(tmpdir(), "lapwing-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport: { width: size.width ?? 1280, height: size.height ?? 720 },
    deviceScaleFactor: size.scale ?? 1,
    isMobile: size.mobile ?? false,
    args: [
      "--use-angle=swiftshader",
      "--enable-unsafe-swiftshader",
      "--ignore-gpu-blocklist",
      "--no-sandbox",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  return {
    context,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
