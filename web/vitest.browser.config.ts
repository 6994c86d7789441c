import { defineConfig } from "vitest/config";

// Browser tests drive the system's Chromium and share its two cores with the mock server:
// one file at a time, with generous limits.
export default defineConfig({
  test: {
    include: ["tests/browser/**/*.test.ts"],
    environment: "node",
    fileParallelism: false,
    testTimeout: 90_000,
    hookTimeout: 60_000,
  },
});
