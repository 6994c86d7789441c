/**
 * The page's one loop: frames change the picture, an animation frame draws it, a clock ticks four
 * times a second for what changes without data (age, UTC, retry countdown).
 */
import "maplibre-gl/dist/maplibre-gl.css";
import "./app.css";
import { fetchBasemap, fetchSite } from "./api";
import { mercatorX, mercatorY } from "./geometry";
import { actionOf, isTyping, type Action } from "./keys";
import { MapView, type Choices } from "./map/view";
import { STAGES } from "./map/palette";
import { Picture } from "./picture";
import { Stream, type LinkState } from "./stream";
import { Details } from "./ui/details";
import { showHelp } from "./ui/dialogs";
import { byId, h, setText } from "./ui/dom";
import { notifyError } from "./ui/notices";
import { Panels } from "./ui/panels";
import { StatusBar } from "./ui/status";

const SITE_RETRY_MS = 5000;
const CLOCK_MS = 250;

const picture = new Picture();
const choices: Choices = { selectedId: null, labels: true, trails: true, vectors: true, sensors: true, follow: false };
const startedMs = Date.now();
let link: LinkState = { kind: "connecting", attempt: 0 };
let lastFrameMs: number | null = null;
let drawPending = false;
let warningAt = -1;

/** For tests and for the curious; nothing on the page depends on it. */
const facts = {
  trackCount: 0,
  frames: 0,
  lastFrameMs: null as number | null,
  selectedId: null as string | null,
  mapReady: false,
  bytes: 0,
  /** Milliseconds on the main thread for the last frames: taking in, and bringing map and panels up to date. */
  applyMs: [] as number[],
  drawMs: [] as number[],
  map: undefined as unknown,
  picture,
  choices,
  stream: undefined as unknown,
};

function keep(list: number[], value: number): void {
  list.push(value);
  if (list.length > 120) list.shift();
}

const view = new MapView(byId("map"), {
  onSelectTrack: (id) => select(id),
  onMovedByHand: () => setChoice("follow", false),
});
const details = new Details(
  () => select(null),
  (detail) => {
    view.selectedTrail = { id: detail.id, xy: detail.trail.flatMap(([, lat, lon]) => [mercatorX(lon), mercatorY(lat)]) };
  },
);
const panels = new Panels({
  onTrack: (id) => {
    select(id);
    const track = picture.tracks.get(id);
    if (track !== undefined) view.flyTo([track.lonDeg, track.latDeg]);
  },
  onPlace: (id) => {
    const at = view.placeAt(id);
    if (at !== null) view.flyTo(at, 10.5);
  },
});
const statusBar = new StatusBar();
const toolButtons = new Map<keyof Choices, HTMLButtonElement>();

function select(id: string | null): void {
  if (choices.selectedId === id) return;
  choices.selectedId = id;
  facts.selectedId = id;
  view.selectedTrail = null;
  if (id === null) setChoice("follow", false);
  details.select(id);
  const panel = byId("details");
  view.coverLeft(panel.hidden || window.innerWidth <= 760 ? 0 : panel.offsetLeft + panel.offsetWidth);
  scheduleDraw();
}

function setChoice(name: Exclude<keyof Choices, "selectedId">, on: boolean): void {
  choices[name] = name === "follow" ? on && choices.selectedId !== null : on;
  toolButtons.get(name)?.setAttribute("aria-pressed", String(choices[name]));
  scheduleDraw();
}

function scheduleDraw(): void {
  if (drawPending) return;
  drawPending = true;
  requestAnimationFrame(() => {
    drawPending = false;
    const t0 = performance.now();
    view.update(picture, choices);
    panels.update(picture);
    showStatus();
    const selected = choices.selectedId === null ? undefined : picture.tracks.get(choices.selectedId);
    details.update(selected, picture.timeMs ?? 0, Date.now());
    keep(facts.drawMs, performance.now() - t0);
  });
}

function showStatus(): void {
  statusBar.show({
    nowMs: Date.now(),
    pictureTimeMs: picture.timeMs,
    headTimeMs: picture.headMs,
    lastFrameMs,
    startedMs,
    mode: picture.mode,
    speed: picture.speed,
    paused: picture.paused,
    link,
    sensors: picture.sensorsByState(),
  });
  setText(byId("track-count"), String(picture.tracks.size));
  const active = picture.activeWarnings();
  const worst = active.sort((a, b) => STAGES[b.stage].rank - STAGES[a.stage].rank)[0];
  const lead = worst === undefined ? "" : `(${active.length}) ${STAGES[worst.stage].word} \u2013 `;
  const title = `${lead}Lapwing${picture.mode === null ? "" : ` ${picture.mode.toUpperCase()}`}`;
  if (document.title !== title) document.title = title;
}

function nextWarning(): void {
  const open = picture.sortedWarnings().filter((w) => w.state === "active" || w.state === "acknowledged");
  if (open.length === 0) return;
  warningAt = (warningAt + 1) % open.length;
  const warning = open[warningAt];
  const id = warning?.trackIds.find((track) => picture.tracks.has(track));
  const track = id === undefined ? undefined : picture.tracks.get(id);
  if (track !== undefined) {
    select(track.id);
    view.flyTo([track.lonDeg, track.latDeg], view.map.getZoom());
  }
}

function perform(action: Action): void {
  switch (action) {
    case "labels":
    case "trails":
    case "vectors":
    case "sensors":
    case "follow":
      setChoice(action, !choices[action]);
      break;
    case "next":
      nextWarning();
      break;
    case "home":
      setChoice("follow", false);
      view.home(true, picture);
      break;
    case "in":
      view.zoomBy(1);
      break;
    case "out":
      view.zoomBy(-1);
      break;
    case "deselect":
      select(null);
      break;
    case "help":
      showHelp();
      break;
  }
}

function buildTools(): void {
  const tools = byId("tools");
  const toggles: [Exclude<keyof Choices, "selectedId">, string, string][] = [
    ["labels", "Labels", "l"],
    ["trails", "Trails", "t"],
    ["vectors", "Vectors", "v"],
    ["sensors", "Sensors", "s"],
    ["follow", "Follow", "f"],
  ];
  for (const [name, word, key] of toggles) {
    const button = h(
      "button",
      { type: "button", "aria-pressed": String(choices[name]), title: `${word} (${key})`, testid: `tool-${name}` },
      word,
      h("kbd", {}, key),
    );
    button.addEventListener("click", () => perform(name));
    toolButtons.set(name, button);
    tools.append(button);
  }
  const home = h("button", { type: "button", title: "Home (h)" }, "Home", h("kbd", {}, "h"));
  home.addEventListener("click", () => perform("home"));
  tools.append(home);
  byId("help-button").addEventListener("click", () => showHelp());
  document.addEventListener("keydown", (event) => {
    const action = actionOf({
      key: event.key,
      ctrlKey: event.ctrlKey,
      metaKey: event.metaKey,
      altKey: event.altKey,
      typing: isTyping(event.target),
    });
    if (action === null) return;
    event.preventDefault();
    perform(action);
  });
}

/** Site and base map do not change while the server runs; asked again after a lost connection. */
async function loadSite(): Promise<void> {
  try {
    const site = await fetchSite();
    setText(byId("site-name"), site.name);
    panels.setSite(site);
    view.setSite(site);
    view.setBasemap(await fetchBasemap());
    scheduleDraw();
  } catch (error) {
    if (link.kind === "open") notifyError(error);
    setTimeout(() => void loadSite(), SITE_RETRY_MS);
  }
}

function streamUrl(): string {
  const url = new URL("/api/v1/stream", window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

const stream = new Stream({
  url: streamUrl(),
  onFrame: (frame, bytes) => {
    const t0 = performance.now();
    picture.apply(frame);
    lastFrameMs = Date.now();
    facts.trackCount = picture.tracks.size;
    facts.frames = picture.frames;
    facts.lastFrameMs = lastFrameMs;
    facts.bytes += bytes;
    keep(facts.applyMs, performance.now() - t0);
    scheduleDraw();
  },
  onState: (state) => {
    link = state;
    showStatus();
  },
});

buildTools();
void loadSite();
stream.start();
setInterval(showStatus, CLOCK_MS);
window.addEventListener("online", () => stream.retryNow());
facts.map = view.map;
facts.stream = stream;
// Another part of the world may want other labels; following moves the map by drawing, and is drawn already.
view.map.on("moveend", () => {
  if (!choices.follow) scheduleDraw();
});
void view.ready.then(() => {
  facts.mapReady = true;
  scheduleDraw();
});
Object.assign(window, { lapwing: facts });
