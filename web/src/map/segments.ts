/**
 * Trails and speed vectors as one instanced WebGL layer. Line features would send every trail
 * through the tiler once a second; 40,000 segments in a buffer cost a copy and one draw call, with
 * software rendering too. Positions are relative to an origin near the picture, because 32 bits of
 * absolute Mercator are only good to two metres.
 */
import type { CustomLayerInterface, CustomRenderMethodInput } from "maplibre-gl";

const BYTES = 24;

const VERTEX = `#version 300 es
precision highp float;
uniform mat4 u_matrix;
uniform vec2 u_viewport;
in vec2 a_from;
in vec2 a_to;
in vec4 a_colour;
in vec4 a_more;
out vec4 v_colour;
void main() {
  vec4 from = u_matrix * vec4(a_from, 0.0, 1.0);
  vec4 to = u_matrix * vec4(a_to, 0.0, 1.0);
  vec2 along = (to.xy / to.w - from.xy / from.w) * u_viewport;
  float len = length(along);
  vec2 normal = len > 0.0 ? vec2(-along.y, along.x) / len : vec2(0.0);
  float end = float(gl_VertexID >> 1);
  float side = float(gl_VertexID & 1) * 2.0 - 1.0;
  vec4 at = mix(from, to, end);
  at.xy += normal * side * (a_more.y * 255.0 / 16.0) / u_viewport * at.w;
  float alpha = mix(a_colour.a, a_more.x, end);
  v_colour = vec4(a_colour.rgb * alpha, alpha);
  gl_Position = at;
}`;

const FRAGMENT = `#version 300 es
precision mediump float;
in vec4 v_colour;
out vec4 colour;
void main() { colour = v_colour; }`;

export type Rgb = readonly [number, number, number];

export function rgb(hex: string): Rgb {
  const n = Number.parseInt(hex.slice(1), 16);
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255];
}

/** A growing buffer of segments: from, to (Mercator), colour, opacity at both ends, width in pixels. */
export class SegmentBuffer {
  private bytes = new ArrayBuffer(1024 * BYTES);
  private floats = new Float32Array(this.bytes);
  private octets = new Uint8Array(this.bytes);
  length = 0;
  originX = 0;
  originY = 0;

  clear(originX: number, originY: number): void {
    this.length = 0;
    this.originX = originX;
    this.originY = originY;
  }

  push(x0: number, y0: number, x1: number, y1: number, colour: Rgb, alpha0: number, alpha1: number, widthPx: number): void {
    if ((this.length + 1) * BYTES > this.bytes.byteLength) this.grow();
    const f = (this.length * BYTES) / 4;
    const o = this.length * BYTES;
    this.floats[f] = x0 - this.originX;
    this.floats[f + 1] = y0 - this.originY;
    this.floats[f + 2] = x1 - this.originX;
    this.floats[f + 3] = y1 - this.originY;
    this.octets[o + 16] = colour[0];
    this.octets[o + 17] = colour[1];
    this.octets[o + 18] = colour[2];
    this.octets[o + 19] = alpha0 * 255;
    this.octets[o + 20] = alpha1 * 255;
    this.octets[o + 21] = widthPx * 16;
    this.length += 1;
  }

  view(): Uint8Array {
    return this.octets.subarray(0, this.length * BYTES);
  }

  private grow(): void {
    const bigger = new ArrayBuffer(this.bytes.byteLength * 2);
    const octets = new Uint8Array(bigger);
    octets.set(this.octets);
    this.bytes = bigger;
    this.octets = octets;
    this.floats = new Float32Array(bigger);
  }
}

export class SegmentLayer implements CustomLayerInterface {
  readonly type = "custom" as const;
  readonly renderingMode = "2d" as const;
  readonly buffer = new SegmentBuffer();
  private program: WebGLProgram | null = null;
  private vertexArray: WebGLVertexArrayObject | null = null;
  private glBuffer: WebGLBuffer | null = null;
  private matrix: WebGLUniformLocation | null = null;
  private viewport: WebGLUniformLocation | null = null;
  private dirty = true;
  private uploaded = 0;

  constructor(readonly id: string) {}

  /** Call after refilling the buffer. */
  changed(): void {
    this.dirty = true;
  }

  onAdd(_map: unknown, gl: WebGL2RenderingContext): void {
    const compile = (kind: number, source: string): WebGLShader => {
      const shader = gl.createShader(kind);
      if (shader === null) throw new Error("no shader");
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader) ?? "shader");
      return shader;
    };
    const program = gl.createProgram();
    gl.attachShader(program, compile(gl.VERTEX_SHADER, VERTEX));
    gl.attachShader(program, compile(gl.FRAGMENT_SHADER, FRAGMENT));
    gl.linkProgram(program);
    this.program = program;
    this.matrix = gl.getUniformLocation(program, "u_matrix");
    this.viewport = gl.getUniformLocation(program, "u_viewport");
    this.glBuffer = gl.createBuffer();
    this.vertexArray = gl.createVertexArray();
    gl.bindVertexArray(this.vertexArray);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.glBuffer);
    const attribute = (name: string, size: number, type: number, normalised: boolean, offset: number): void => {
      const at = gl.getAttribLocation(program, name);
      if (at < 0) return;
      gl.enableVertexAttribArray(at);
      gl.vertexAttribPointer(at, size, type, normalised, BYTES, offset);
      gl.vertexAttribDivisor(at, 1);
    };
    attribute("a_from", 2, gl.FLOAT, false, 0);
    attribute("a_to", 2, gl.FLOAT, false, 8);
    attribute("a_colour", 4, gl.UNSIGNED_BYTE, true, 16);
    attribute("a_more", 4, gl.UNSIGNED_BYTE, true, 20);
    gl.bindVertexArray(null);
    this.dirty = true;
  }

  render(gl: WebGL2RenderingContext | WebGLRenderingContext, input: CustomRenderMethodInput): void {
    if (!(gl instanceof WebGL2RenderingContext) || this.program === null) return;
    if (this.dirty) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.glBuffer);
      gl.bufferData(gl.ARRAY_BUFFER, this.buffer.view(), gl.DYNAMIC_DRAW);
      this.uploaded = this.buffer.length;
      this.dirty = false;
    }
    if (this.uploaded === 0) return;
    const m = input.defaultProjectionData.mainMatrix as unknown as ArrayLike<number>;
    const at = (i: number): number => m[i] ?? 0;
    const { originX: x, originY: y } = this.buffer;
    const moved = new Float32Array(16);
    for (let i = 0; i < 12; i += 1) moved[i] = at(i);
    // In double precision: matrix × translation(origin).
    for (let i = 0; i < 4; i += 1) moved[12 + i] = at(i) * x + at(4 + i) * y + at(12 + i);
    gl.useProgram(this.program);
    gl.uniformMatrix4fv(this.matrix, false, moved);
    const ratio = window.devicePixelRatio || 1;
    gl.uniform2f(this.viewport, gl.drawingBufferWidth / ratio, gl.drawingBufferHeight / ratio);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);
    gl.bindVertexArray(this.vertexArray);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.uploaded);
    gl.bindVertexArray(null);
  }
}
