/**
 * The WebSocket that carries the picture, mended by itself.
 *
 * It reconnects with exponential back-off and jitter; on a gap in `seq` it reconnects at once to be
 * given a full frame (a picture with a missing delta is wrong without looking wrong); and a
 * connection that is open but says nothing is cut, because a half-open TCP connection never fails.
 */
import { decode } from "@msgpack/msgpack";
import { ContractError, readFrame, type Frame } from "./contract";

export type LinkState =
  | { kind: "connecting"; attempt: number }
  | { kind: "open" }
  | { kind: "lost"; attempt: number; retryAtMs: number; reason: string };

/** What the stream needs of a WebSocket; tests give their own. */
export interface Socket {
  binaryType: string;
  onopen: ((event: unknown) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code?: number; reason?: string }) => void) | null;
  onerror: ((event: unknown) => void) | null;
  close(): void;
}

export interface StreamOptions {
  url: string;
  onFrame: (frame: Frame, bytes: number) => void;
  onState: (state: LinkState) => void;
  openSocket?: (url: string) => Socket;
  now?: () => number;
  random?: () => number;
}

export const BACKOFF_FIRST_MS = 500;
export const BACKOFF_MAX_MS = 10_000;
export const SILENCE_MAX_MS = 12_000;

export function backoffMs(attempt: number, random: number): number {
  const base = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(base * (0.8 + 0.4 * random));
}

export class Stream {
  private readonly options: Required<StreamOptions>;
  private socket: Socket | null = null;
  private seq: number | null = null;
  private attempt = 0;
  private retryTimer: ReturnType<typeof setTimeout> | null = null;
  private silenceTimer: ReturnType<typeof setTimeout> | null = null;
  private stopped = false;
  reconnects = 0;
  gaps = 0;

  constructor(options: StreamOptions) {
    this.options = {
      openSocket: (url) => new WebSocket(url) as unknown as Socket,
      now: () => Date.now(),
      random: () => Math.random(),
      ...options,
    };
  }

  start(): void {
    this.stopped = false;
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    this.clearTimers();
    this.detach();
  }

  /** Skips what is left of the waiting time, e.g. when the browser says the network is back. */
  retryNow(): void {
    if (this.retryTimer === null || this.stopped) return;
    clearTimeout(this.retryTimer);
    this.retryTimer = null;
    this.connect();
  }

  private connect(): void {
    this.seq = null;
    this.options.onState({ kind: "connecting", attempt: this.attempt });
    let socket: Socket;
    try {
      socket = this.options.openSocket(this.options.url);
    } catch (error) {
      this.lost(error instanceof Error ? error.message : "the address could not be opened");
      return;
    }
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    this.watchSilence();
    socket.onopen = () => this.watchSilence();
    socket.onmessage = (event) => this.message(event.data);
    socket.onclose = (event) => this.lost(event.reason || "the server closed the connection");
    // A close event follows every error event and carries the reason.
    socket.onerror = null;
  }

  private message(data: unknown): void {
    this.watchSilence();
    let frame: Frame;
    let bytes: number;
    try {
      if (!(data instanceof ArrayBuffer)) throw new ContractError("a frame must be binary");
      bytes = data.byteLength;
      frame = readFrame(decode(new Uint8Array(data)));
    } catch (error) {
      this.lost(`frame not understood: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    if (this.seq === null ? !frame.full : frame.seq !== this.seq + 1 && !frame.full) {
      this.gaps += 1;
      const expected = this.seq === null ? "a full frame" : `frame ${this.seq + 1}`;
      // No waiting: the server is there, only the picture must be asked for anew.
      this.attempt = 0;
      this.lost(`expected ${expected}, got ${frame.seq}`);
      return;
    }
    const first = this.seq === null;
    this.seq = frame.seq;
    if (first) {
      this.attempt = 0;
      this.options.onState({ kind: "open" });
    }
    this.options.onFrame(frame, bytes);
  }

  private lost(reason: string): void {
    this.detach();
    this.clearTimers();
    if (this.stopped) return;
    const waitMs = backoffMs(this.attempt, this.options.random());
    this.attempt += 1;
    this.reconnects += 1;
    this.options.onState({ kind: "lost", attempt: this.attempt, retryAtMs: this.options.now() + waitMs, reason });
    this.retryTimer = setTimeout(() => {
      this.retryTimer = null;
      this.connect();
    }, waitMs);
  }

  private watchSilence(): void {
    if (this.silenceTimer !== null) clearTimeout(this.silenceTimer);
    this.silenceTimer = setTimeout(
      () => this.lost(`nothing received for ${SILENCE_MAX_MS / 1000} s`),
      SILENCE_MAX_MS,
    );
  }

  private clearTimers(): void {
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    if (this.silenceTimer !== null) clearTimeout(this.silenceTimer);
    this.retryTimer = null;
    this.silenceTimer = null;
  }

  private detach(): void {
    const socket = this.socket;
    this.socket = null;
    if (socket === null) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.onerror = null;
    socket.close();
  }
}
