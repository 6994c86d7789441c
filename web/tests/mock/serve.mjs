// @ts-check
// `npm run dev:mock`: the built page with a mock feed, to look at by hand.
//   node tests/mock/serve.mjs [--port 8091] [--tracks 60] [--mode live|replay|exercise]
import { parseArgs } from "node:util";
import { startMock } from "./server.mjs";

const { values } = parseArgs({
  options: { port: { type: "string", default: "8091" }, tracks: { type: "string", default: "60" }, mode: { type: "string", default: "exercise" } },
});
const mode = values.mode === "live" || values.mode === "replay" ? values.mode : "exercise";
const mock = await startMock({ port: Number(values.port), tracks: Number(values.tracks), mode });
console.log(`${mock.url} (stop with Ctrl-C)`);
