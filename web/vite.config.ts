import { defineConfig } from "vite";
import { licences } from "./scripts/licences.mjs";

// `npm run dev` serves the sources with hot reload and takes the data from a running `lapwing`.
const upstream = process.env["LAPWING_URL"] ?? "http://127.0.0.1:8090";

export default defineConfig({
  base: "./",
  plugins: [licences()],
  build: {
    target: "es2022",
    // Strict content security policy: nothing may be inlined as a data: URL script or worker.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1600,
    rollupOptions: {
      output: {
        // Every server knows the type of .js; a module worker of the wrong type does not start.
        assetFileNames: (asset) =>
          asset.names.some((name) => name.endsWith(".mjs")) ? "assets/[name]-[hash].js" : "assets/[name]-[hash][extname]",
        manualChunks: (id) => (id.includes("maplibre-gl") ? "maplibre" : undefined),
      },
    },
  },
  server: { proxy: { "/api": { target: upstream, ws: true } } },
});
