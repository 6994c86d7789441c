/**
 * Trails and speed vectors as one WebGL layer of its own. Line features would send every trail
 * through the tiler once a second; here they cost a copy and one draw call. Each segment is four
 * vertices that know both ends (not one instance: software renderers pay dearly per instance).
 * Positions are relative to an origin near the picture, because 32 bits of absolute Mercator are
 * only good to two metres.
 */
import type { CustomLayerInterface, CustomRenderMethodInput } from "maplibre-gl";

/** Per vertex: from x y, to x y (float32); red green blue opacity; width, end, side, unused (octets). */
const VERTEX_BYTES = 24;
const BYTES = 4 * VERTEX_BYTES;
const WIDTH_SCALE = 16;

const VERTEX = `#version 300 es
precision highp float;
uniform mat4 u_matrix;
uniform vec2 u_viewport;
in vec2 a_from;
in vec2 a_to;
in vec4 a_colour;
in vec3 a_more;
out vec4 v_colour;
void main() {
  vec4 from = u_matrix * vec4(a_from, 0.0, 1.0);
  vec4 to = u_matrix * vec4(a_to, 0.0, 1.0);
  vec2 along = (to.xy / to.w - from.xy / from.w) * u_viewport;
  float len = length(along);
  vec2 normal = len > 0.0 ? vec2(-along.y, along.x) / len : vec2(0.0);
  float side = a_more.z * 2.0 - 1.0;
  vec4 at = mix(from, to, a_more.y);
  at.xy += normal * side * (a_more.x / 16.0) / u_viewport * at.w;
  vec4 tint = a_colour / 255.0;
  v_colour = vec4(tint.rgb * tint.a, tint.a);
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
    for (let corner = 0; corner < 4; corner += 1) {
      const o = this.length * BYTES + corner * VERTEX_BYTES;
      const f = o / 4;
      this.floats[f] = x0 - this.originX;
      this.floats[f + 1] = y0 - this.originY;
      this.floats[f + 2] = x1 - this.originX;
      this.floats[f + 3] = y1 - this.originY;
      this.octets[o + 16] = colour[0];
      this.octets[o + 17] = colour[1];
      this.octets[o + 18] = colour[2];
      this.octets[o + 19] = (corner < 2 ? alpha0 : alpha1) * 255;
      this.octets[o + 20] = widthPx * WIDTH_SCALE;
      this.octets[o + 21] = corner >> 1;
      this.octets[o + 22] = corner & 1;
    }
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
  private indexBuffer: WebGLBuffer | null = null;
  private indexed = 0;
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
    const attribute = (name: string, size: number, type: number, offset: number): void => {
      const at = gl.getAttribLocation(program, name);
      if (at < 0) return;
      gl.enableVertexAttribArray(at);
      gl.vertexAttribPointer(at, size, type, false, VERTEX_BYTES, offset);
    };
    attribute("a_from", 2, gl.FLOAT, 0);
    attribute("a_to", 2, gl.FLOAT, 8);
    attribute("a_colour", 4, gl.UNSIGNED_BYTE, 16);
    attribute("a_more", 3, gl.UNSIGNED_BYTE, 20);
    this.indexBuffer = gl.createBuffer();
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.indexBuffer);
    gl.bindVertexArray(null);
    this.dirty = true;
  }

  render(gl: WebGL2RenderingContext | WebGLRenderingContext, input: CustomRenderMethodInput): void {
    if (!(gl instanceof WebGL2RenderingContext) || this.program === null) return;
    if (this.dirty) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.glBuffer);
      gl.bufferData(gl.ARRAY_BUFFER, this.buffer.view(), gl.DYNAMIC_DRAW);
      this.uploaded = this.buffer.length;
      this.indexUpTo(gl, this.uploaded);
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
    gl.drawElements(gl.TRIANGLES, 6 * this.uploaded, gl.UNSIGNED_INT, 0);
    gl.bindVertexArray(null);
  }

  /** Two triangles for each segment; the pattern only ever grows. */
  private indexUpTo(gl: WebGL2RenderingContext, segments: number): void {
    if (segments <= this.indexed) return;
    this.indexed = Math.ceil(segments * 1.5);
    const index = new Uint32Array(6 * this.indexed);
    for (let i = 0; i < this.indexed; i += 1) index.set([4 * i, 4 * i + 1, 4 * i + 2, 4 * i + 2, 4 * i + 1, 4 * i + 3], 6 * i);
    gl.bindVertexArray(this.vertexArray);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, index, gl.STATIC_DRAW);
    gl.bindVertexArray(null);
  }
}
