/**
 * The picture: what the page knows at this moment, built from frames. Pure data, no DOM and no
 * clock, so that tests can feed it. The map and the panels read it once per animation frame,
 * however many frames came in between.
 */
import type { Frame, Mode, PlaceState, SensorStatus, Track, Warning } from "./contract";
import { mercatorX, mercatorY } from "./geometry";

/** A trail as flat arrays: Mercator x, y per point (what the renderer wants) and the state's time. */
export interface Trail {
  xy: number[];
  timeMs: number[];
}

export const TRAIL_POINTS_MAX = 90;
const TRAIL_AGE_MAX_MS = 300_000;
/** Total points over all trails; many tracks get shorter trails rather than a slow map. */
const TRAIL_BUDGET = 24_000;
const TRAIL_SPAN_MS = 75_000;

export class Picture {
  readonly tracks = new Map<string, Track>();
  readonly trails = new Map<string, Trail>();
  readonly places = new Map<string, PlaceState>();
  readonly warnings = new Map<string, Warning>();
  readonly sensors = new Map<string, SensorStatus>();
  counters: Record<string, number> = {};
  timeMs: number | null = null;
  headMs: number | null = null;
  mode: Mode | null = null;
  speed: number | null = null;
  paused = false;
  frames = 0;
  malformed = 0;
  /** Version counters: a panel redraws only when its own has moved. */
  readonly version = { tracks: 0, places: 0, warnings: 0, sensors: 0 };

  apply(frame: Frame): void {
    // A replay that was started again: old trails would draw lines through time.
    if (this.timeMs !== null && frame.timeMs < this.timeMs - 1000) this.trails.clear();
    if (this.mode !== null && this.mode !== frame.mode) this.trails.clear();

    if (frame.full) {
      this.tracks.clear();
      this.places.clear();
      this.warnings.clear();
      this.sensors.clear();
      this.version.places += 1;
      this.version.warnings += 1;
      this.version.sensors += 1;
    }
    const trailMax = this.trailPointsMax(Math.max(this.tracks.size, frame.tracks.length));
    for (const track of frame.tracks) {
      this.tracks.set(track.id, track);
      this.extendTrail(track, trailMax);
    }
    for (const id of frame.gone) {
      this.tracks.delete(id);
      this.trails.delete(id);
    }
    if (frame.full) {
      for (const id of this.trails.keys()) if (!this.tracks.has(id)) this.trails.delete(id);
    }
    for (const place of frame.places) this.places.set(place.id, place);
    for (const warning of frame.warnings) this.warnings.set(warning.id, warning);
    for (const sensor of frame.sensors) this.sensors.set(sensor.id, sensor);
    // Every tick moves time on, and with it the ages drawn beside tracks that did not change.
    this.version.tracks += 1;
    if (frame.places.length > 0) this.version.places += 1;
    if (frame.warnings.length > 0) this.version.warnings += 1;
    if (frame.sensors.length > 0) this.version.sensors += 1;
    this.counters = { ...this.counters, ...frame.counters };
    this.timeMs = frame.timeMs;
    this.headMs = frame.headMs;
    this.mode = frame.mode;
    this.speed = frame.speed;
    this.paused = frame.paused;
    this.frames += 1;
    this.malformed += frame.malformed;
  }

  /** Warnings that still concern someone first, the gravest and newest on top. */
  sortedWarnings(): Warning[] {
    const rank = (w: Warning): number => {
      const open = w.state === "active" ? 0 : w.state === "acknowledged" ? 10 : 20;
      return open + (w.stage === "act" ? 0 : w.stage === "prepare" ? 1 : w.stage === "advisory" ? 2 : 3);
    };
    return [...this.warnings.values()].sort(
      (a, b) => rank(a) - rank(b) || b.updatedMs - a.updatedMs || (a.id < b.id ? -1 : 1),
    );
  }

  activeWarnings(): Warning[] {
    return [...this.warnings.values()].filter((w) => w.state === "active" && w.stage !== "all_clear" && w.stage !== "none");
  }

  sensorsByState(): { alive: number; silent: number; never: number } {
    const n = { alive: 0, silent: 0, never: 0 };
    for (const sensor of this.sensors.values()) n[sensor.state] += 1;
    return n;
  }

  private trailPointsMax(tracks: number): number {
    return Math.max(6, Math.min(TRAIL_POINTS_MAX, Math.floor(TRAIL_BUDGET / Math.max(1, tracks))));
  }

  private extendTrail(track: Track, pointsMax: number): void {
    let trail = this.trails.get(track.id);
    if (trail === undefined) {
      trail = { xy: [], timeMs: [] };
      this.trails.set(track.id, trail);
    }
    const last = trail.timeMs[trail.timeMs.length - 1];
    // With fewer points they lie further apart, so that a trail still tells a minute and more; the
    // last piece, up to the track itself, is drawn from the track.
    const spacingMs = pointsMax >= TRAIL_POINTS_MAX ? 1 : TRAIL_SPAN_MS / pointsMax;
    if (last !== undefined && track.timeMs < last + spacingMs) return;
    trail.xy.push(mercatorX(track.lonDeg), mercatorY(track.latDeg));
    trail.timeMs.push(track.timeMs);
    let drop = Math.max(0, trail.timeMs.length - pointsMax);
    while (drop < trail.timeMs.length - 2 && (trail.timeMs[drop] ?? 0) < track.timeMs - TRAIL_AGE_MAX_MS) drop += 1;
    if (drop > 0) {
      trail.timeMs.splice(0, drop);
      trail.xy.splice(0, 2 * drop);
    }
  }
}
