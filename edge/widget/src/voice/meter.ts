// The microphone's loudness as a number and as a waveform: an AnalyserNode, no worklet, so that no page has to allow one.
import type { VoiceHost } from "../voice-types";

/** Bars of the waveform; each stands for one measurement. */
const BARS = 40;
/** Between two measurements, ms. */
const STEP_MS = 100;
/** Quieter than this is silence, dBFS. */
const FLOOR_DB = -60;

/** Loudness of samples, 0 to 1: linear in decibels, as ears are. */
export function loudness(samples: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]! * samples[i]!;
  const db = 10 * Math.log10(sum / samples.length || 1e-12);
  return Math.min(1, Math.max(0, 1 - db / FLOOR_DB));
}

export class Meter {
  private readonly context = new AudioContext();
  private readonly analyser = new AnalyserNode(this.context, { fftSize: 2048 });
  private readonly samples = new Float32Array(this.analyser.fftSize);
  private readonly canvas = document.createElement("canvas");
  private readonly levels: number[] = new Array(BARS).fill(0);
  private readonly timer: ReturnType<typeof setInterval>;
  private last = -1;

  constructor(
    private readonly host: VoiceHost,
    track: MediaStreamTrack,
  ) {
    this.context.createMediaStreamSource(new MediaStream([track])).connect(this.analyser);
    // the level is said in words; the picture is for the eyes only
    this.canvas.setAttribute("aria-hidden", "true");
    // set by script, which no style-src forbids
    this.canvas.style.cssText = "display:block;width:100%;height:100%";
    host.stage.append(this.canvas);
    this.timer = setInterval(() => this.step(), STEP_MS);
    this.draw();
  }

  end(): void {
    clearInterval(this.timer);
    this.canvas.remove();
    this.context.close().catch(() => {});
  }

  private step(): void {
    this.analyser.getFloatTimeDomainData(this.samples);
    const level = loudness(this.samples);
    this.levels.shift();
    this.levels.push(level);
    const shown = Math.round(level * 100) / 100;
    if (shown !== this.last) this.host.level((this.last = shown));
    this.draw();
  }

  /** The last four seconds, the newest at the end of the line; where little movement is wanted, one bar that stays in its place. */
  private draw(): void {
    const { canvas, levels } = this;
    const { clientWidth, clientHeight } = canvas;
    const scale = devicePixelRatio;
    const [width, height] = [Math.round(clientWidth * scale), Math.round(clientHeight * scale)];
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const pen = canvas.getContext("2d");
    if (pen === null) return;
    const style = getComputedStyle(this.host.stage);
    pen.clearRect(0, 0, width, height);
    pen.fillStyle = style.color;
    const bar = (x: number, y: number, w: number, h: number) => {
      pen.beginPath();
      pen.roundRect(x, y, w, h, Math.min(w, h) / 2);
      pen.fill();
    };
    const line = Math.max(2, 2 * scale);
    const backwards = style.direction === "rtl";
    if (this.host.still()) {
      const long = Math.max(line, width * levels[BARS - 1]!);
      bar(backwards ? width - long : 0, (height - 2 * line) / 2, long, 2 * line);
      return;
    }
    const pitch = width / BARS;
    levels.forEach((level, i) => {
      const high = Math.max(line, level * height);
      bar((backwards ? BARS - 1 - i : i) * pitch, (height - high) / 2, Math.max(line, pitch * 0.5), high);
    });
  }
}
