// @ts-check
// A server that keeps to the web map's contract: serves the built page under the real content
// security policy, streams MessagePack frames, answers the REST calls. Tests hold its handle and
// make it misbehave.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { encode } from "@msgpack/msgpack";
import { WebSocketServer } from "ws";
import { TOWNS, basemap, site } from "./island.mjs";
import { detail, move, row, sensorRows, things } from "./traffic.mjs";

const DIST = fileURLToPath(new URL("../../dist", import.meta.url));
export const CSP =
  "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:";
/** @type {Record<string, string>} */
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8" };

/**
 * @param {{ port?: number, tracks?: number, mode?: "live" | "replay" | "exercise", tickMs?: number, seed?: number, history?: number }} [options]
 */
export async function startMock(options = {}) {
  const tickMs = options.tickMs ?? 1000;
  const fleet = things(options.tracks ?? 60, options.seed ?? 7);
  /** @type {Map<string, { t: number, e: number, n: number }[]>} */
  const past = new Map(fleet.map((thing) => [thing.id, []]));
  const knobs = {
    mode: options.mode ?? "exercise",
    speed: /** @type {number | null} */ (1),
    paused: false,
    /** Stop sending without closing. */
    mute: false,
    /** Refuse new connections. */
    refuse: false,
    /** Leave out the next sequence number once. */
    skipSeq: false,
    clockOffsetMs: 0,
    allSilent: false,
    /** Rows sent as they are, with every frame. */
    extraTracks: /** @type {unknown[]} */ ([]),
    failActions: false,
  };
  let timeMs = Date.now();
  let connections = 0;
  /** @type {{ path: string, body: any }[]} */
  const posts = [];
  /** @type {any[]} */
  const warnings = [
    {
      id: "w-1", place_id: "saltmere", place_name: "Saltmere", stage: "act", state: "active", issued_ms: timeMs - 40_000, updated_ms: timeMs - 5000,
      why: "demo-100, fixed-wing drone (91 %), heads for Saltmere: 64 % within 6 min; seen by radar-north and radar-east.",
      track_ids: ["demo-100"], acknowledged_by: null, exercise: knobs.mode === "exercise",
    },
    {
      id: "w-2", place_id: "hollowick", place_name: "Hollowick", stage: "advisory", state: "active", issued_ms: timeMs - 20_000, updated_ms: timeMs - 20_000,
      why: "demo-101, fixed-wing drone (81 %), may pass Hollowick: 18 % within 20 min; seen by radar-north.",
      track_ids: ["demo-101"], acknowledged_by: null, exercise: knobs.mode === "exercise",
    },
    {
      id: "w-0", place_id: "gullhaven", place_name: "Gullhaven", stage: "all_clear", state: "ended", issued_ms: timeMs - 900_000, updated_ms: timeMs - 300_000,
      why: "demo-088 has passed; nothing else is expected within 15 min.", track_ids: ["demo-088"], acknowledged_by: "R. Vale", exercise: knobs.mode === "exercise",
    },
  ];
  let changedWarnings = /** @type {any[]} */ ([]);

  function placeRows() {
    return TOWNS.map(([id], i) => {
      if (id === "saltmere") return [id, "act", [0.05, 0.64, 0.82, 0.86], [timeMs + 175_000, timeMs + 240_000, timeMs + 330_000], "demo-100"];
      if (id === "hollowick") return [id, "advisory", [0, 0.02, 0.09, 0.18], [timeMs + 640_000, timeMs + 800_000, timeMs + 1_150_000], "demo-101"];
      if (id === "gullhaven") return [id, "all_clear", [0, 0, 0.01, 0.02], null, null];
      if (id === "brackenport") return [id, "prepare", [0, 0.11, 0.34, 0.41], [timeMs + 420_000, timeMs + 520_000, timeMs + 700_000], "demo-102"];
      return [id, "none", [0, 0, 0, 0.004 * i], null, null];
    });
  }

  /** @param {boolean} full @param {number} seq */
  function frame(full, seq) {
    return {
      v: 1, seq, full, time_ms: timeMs + knobs.clockOffsetMs, mode: knobs.mode, speed: knobs.speed, paused: knobs.paused,
      tracks: [...fleet.map((thing) => row(thing, timeMs + knobs.clockOffsetMs)), ...knobs.extraTracks],
      gone: [], places: full || seq % 5 === 0 ? placeRows() : [],
      warnings: full ? warnings : changedWarnings,
      sensors: sensorRows(timeMs).map((s) => (knobs.allSilent ? [s[0], s[1], "silent", ...s.slice(3)] : s)),
      counters: { reports: 48_211 + seq * fleet.length, dropped: 0, errors: 3 },
    };
  }

  const server = createServer((request, response) => void answer(request, response));

  /** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  async function answer(request, response) {
    const path = new URL(request.url ?? "/", "http://mock").pathname;
    response.setHeader("Content-Security-Policy", CSP);
    response.setHeader("X-Content-Type-Options", "nosniff");
    /** @param {number} status @param {unknown} body */
    const json = (status, body) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (path === "/api/v1/site") return json(200, site(knobs.mode));
    if (path === "/api/v1/basemap.geojson") return json(200, basemap());
    if (path === "/api/v1/warnings") return json(200, warnings);
    if (path.startsWith("/api/v1/tracks/")) {
      const thing = fleet.find((t) => t.id === decodeURIComponent(path.slice("/api/v1/tracks/".length)));
      if (thing === undefined) return json(404, { error: { what: "No such track.", where: path, mend: "It may have ended; choose another." } });
      return json(200, detail(thing, timeMs, past.get(thing.id) ?? []));
    }
    const action = /^\/api\/v1\/warnings\/([^/]+)\/(acknowledge|cancel)$/.exec(path);
    if (action && request.method === "POST") {
      let text = "";
      for await (const chunk of request) text += chunk;
      const body = JSON.parse(text);
      posts.push({ path, body });
      const warning = warnings.find((w) => w.id === action[1]);
      if (knobs.failActions || warning === undefined) {
        return json(409, { error: { what: "The warning has already ended.", where: `warning ${action[1]}`, mend: "Nothing needs to be done." } });
      }
      warning.state = action[2] === "cancel" ? "cancelled" : "acknowledged";
      if (action[2] === "acknowledge") warning.acknowledged_by = body.by;
      warning.updated_ms = timeMs;
      changedWarnings.push({ ...warning });
      return json(200, warning);
    }
    if (path.endsWith(".cap.xml")) {
      response.writeHead(200, { "content-type": "application/cap+xml" });
      return response.end('<?xml version="1.0"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"/>');
    }
    const file = normalize(join(DIST, path === "/" ? "index.html" : path));
    if (!file.startsWith(DIST)) return json(400, { error: { what: "bad path", where: path, mend: "" } });
    try {
      const bytes = await readFile(file);
      response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
      return response.end(bytes);
    } catch {
      return json(404, { error: { what: "Not found.", where: path, mend: "Run npm run build first." } });
    }
  }

  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  /** @type {Map<import("ws").WebSocket, number>} */
  const clients = new Map();
  server.on("upgrade", (request, socket, head) => {
    if (knobs.refuse || !request.url?.startsWith("/api/v1/stream")) {
      socket.destroy();
      return;
    }
    sockets.handleUpgrade(request, socket, head, (ws) => {
      connections += 1;
      clients.set(ws, 1);
      ws.on("close", () => clients.delete(ws));
      if (!knobs.mute) ws.send(encode(frame(true, 1)));
    });
  });

  /** @param {number} dtMs */
  function advance(dtMs) {
    timeMs += dtMs;
    for (const thing of fleet) {
      move(thing, dtMs / 1000);
      past.get(thing.id)?.push({ t: timeMs, e: thing.e, n: thing.n });
      if ((past.get(thing.id)?.length ?? 0) > 120) past.get(thing.id)?.shift();
    }
  }
  for (let i = 0; i < (options.history ?? 0); i += 1) advance(1000);
  timeMs = Date.now();

  function tick() {
    if (!knobs.paused) advance(tickMs);
    if (knobs.mute) return;
    for (const [ws, last] of clients) {
      let seq = last + 1;
      if (knobs.skipSeq) seq += 1;
      clients.set(ws, seq);
      ws.send(encode(frame(false, seq)));
    }
    if (clients.size > 0) knobs.skipSeq = false;
    changedWarnings = [];
  }
  const timer = setInterval(tick, tickMs);

  await new Promise((resolve) => server.listen(options.port ?? 0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    knobs,
    posts,
    warnings,
    get connections() {
      return connections;
    },
    dropConnections() {
      for (const ws of clients.keys()) ws.terminate();
    },
    async close() {
      clearInterval(timer);
      for (const ws of clients.keys()) ws.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(() => resolve(undefined)));
    },
  };
}
