import { encode } from "@msgpack/msgpack";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { BACKOFF_MAX_MS, SILENCE_MAX_MS, Stream, backoffMs, type LinkState, type Socket } from "../../src/stream";

class FakeSocket implements Socket {
  binaryType = "";
  onopen: ((event: unknown) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { reason?: string }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;
  closed = false;
  close(): void {
    this.closed = true;
  }
  frame(seq: number, full: boolean): void {
    const bytes = encode({ v: 1, seq, full, time_ms: seq * 1000, mode: "live", tracks: [], gone: [] });
    this.onmessage?.({ data: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) });
  }
}

function rig() {
  const sockets: FakeSocket[] = [];
  const states: LinkState[] = [];
  const seqs: number[] = [];
  const stream = new Stream({
    url: "ws://test",
    openSocket: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    onFrame: (frame) => seqs.push(frame.seq),
    onState: (state) => states.push(state),
    now: () => Date.now(),
    random: () => 0.5,
  });
  const socket = (i: number): FakeSocket => {
    const found = sockets[i];
    if (found === undefined) throw new Error(`no connection ${i}`);
    return found;
  };
  return { stream, sockets, socket, states, seqs, last: () => states[states.length - 1] };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("a connection", () => {
  test("is open once the first full frame is there", () => {
    const r = rig();
    r.stream.start();
    r.socket(0).onopen?.({});
    expect(r.last()?.kind).toBe("connecting");
    r.socket(0).frame(1, true);
    r.socket(0).frame(2, false);
    expect(r.last()?.kind).toBe("open");
    expect(r.seqs).toEqual([1, 2]);
  });

  test("that closes is tried again, later each time, and the wait starts over after success", () => {
    const r = rig();
    r.stream.start();
    r.socket(0).onclose?.({});
    expect(r.last()).toMatchObject({ kind: "lost", attempt: 1 });
    vi.advanceTimersByTime(499);
    expect(r.sockets).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(r.sockets).toHaveLength(2);
    r.socket(1).onclose?.({});
    vi.advanceTimersByTime(999);
    expect(r.sockets).toHaveLength(2);
    vi.advanceTimersByTime(1);
    r.socket(2).frame(1, true);
    r.socket(2).onclose?.({});
    vi.advanceTimersByTime(500);
    expect(r.sockets).toHaveLength(4);
  });

  test.each([
    ["a gap", (s: FakeSocket) => { s.frame(1, true); s.frame(3, false); }, [1]],
    ["a repeat", (s: FakeSocket) => { s.frame(1, true); s.frame(1, false); }, [1]],
    ["a first frame that is not full", (s: FakeSocket) => s.frame(1, false), []],
    ["bytes that are no frame", (s: FakeSocket) => s.onmessage?.({ data: new Uint8Array([0xc1]).buffer }), []],
    ["text", (s: FakeSocket) => s.onmessage?.({ data: "hello" }), []],
  ])("with %s is given up for a new one", (_name, act, seqs) => {
    const r = rig();
    r.stream.start();
    act(r.socket(0));
    expect(r.socket(0).closed).toBe(true);
    expect(r.seqs).toEqual(seqs);
    expect(r.last()?.kind).toBe("lost");
    vi.advanceTimersByTime(500);
    r.socket(1).frame(9, true);
    expect(r.seqs).toEqual([...seqs, 9]);
  });

  test("a full frame in the middle heals a gap without reconnecting", () => {
    const r = rig();
    r.stream.start();
    r.socket(0).frame(1, true);
    r.socket(0).frame(7, true);
    expect(r.seqs).toEqual([1, 7]);
    expect(r.sockets).toHaveLength(1);
  });

  test("that says nothing is cut", () => {
    const r = rig();
    r.stream.start();
    r.socket(0).frame(1, true);
    vi.advanceTimersByTime(SILENCE_MAX_MS - 1);
    expect(r.last()?.kind).toBe("open");
    vi.advanceTimersByTime(1);
    expect(r.last()?.kind).toBe("lost");
    expect(r.socket(0).closed).toBe(true);
  });

  test("stopped stays stopped", () => {
    const r = rig();
    r.stream.start();
    r.stream.stop();
    vi.advanceTimersByTime(60_000);
    expect(r.sockets).toHaveLength(1);
  });
});

test("the wait is bounded", () => {
  expect(backoffMs(1000, 1)).toBeLessThanOrEqual(BACKOFF_MAX_MS * 1.2);
  expect(backoffMs(0, 0)).toBe(400);
});
