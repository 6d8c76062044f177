// The check before a voice room: which microphone, and whether it hears anything. Nothing of it leaves the browser.

import { say } from "./page.js";

const STORED = "greenroom:microphone";

/** A microphone that is open for the check. */
export class MicrophoneCheck {
  constructor({ meter, select, onHeard }) {
    this.meter = meter;
    this.select = select;
    this.onHeard = onHeard;
    this.stream = null;
  }

  /** Open the chosen microphone and show its level; raises a DOMException where the browser has none or may not. */
  async open(deviceId = localStorage.getItem(STORED) ?? "") {
    this.close();
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    if (deviceId) audio.deviceId = { ideal: deviceId };
    if (!navigator.mediaDevices) throw new DOMException("", "SecurityError");
    this.stream = await navigator.mediaDevices.getUserMedia({ audio });
    const used = this.stream.getAudioTracks()[0].getSettings().deviceId ?? "";
    await this.list(used);
    this.watch();
  }

  /** Fill the list of microphones; their names are known only once one is open. */
  async list(used) {
    const found = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === "audioinput");
    this.select.replaceChildren(
      ...found.map((one, position) => {
        const name = one.label || say("Microphone {number}", { number: position + 1 });
        return new Option(name, one.deviceId, false, one.deviceId === used);
      }),
    );
    this.select.disabled = found.length < 2;
  }

  choose(deviceId) {
    localStorage.setItem(STORED, deviceId);
    return this.open(deviceId);
  }

  get deviceId() {
    return this.select.value;
  }

  watch() {
    this.context = new AudioContext();
    const analyser = this.context.createAnalyser();
    analyser.fftSize = 1024;
    this.context.createMediaStreamSource(this.stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let shown = 0;
    let heardFor = 0;
    const paint = () => {
      if (!this.stream) return;
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      // From -60 dB (silence of a room) to -10 dB (loud speech), as 0 to 1; falls slowly so that it can be read.
      const level = Math.max(0, Math.min(1, (10 * Math.log10(power + 1e-9) + 60) / 50));
      shown = Math.max(level, shown * 0.9);
      this.meter.style.setProperty("--level", shown.toFixed(3));
      this.meter.setAttribute("aria-valuenow", String(Math.round(shown * 100)));
      heardFor = level > 0.4 ? heardFor + 1 : heardFor;
      if (heardFor === 8) this.onHeard();
      this.frame = requestAnimationFrame(paint);
    };
    paint();
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.context?.close();
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = this.context = null;
  }
}

/** What to tell somebody whose microphone could not be opened. */
export function whyNoMicrophone(error) {
  return (
    {
      NotAllowedError: "The browser may not use the microphone. Allow it beside the address of this page and try again.",
      NotFoundError: "No microphone was found. Plug one in and try again.",
      NotReadableError: "Another program holds the microphone. Close it and try again.",
      SecurityError: "This page was opened without encryption, so the browser keeps the microphone closed.",
    }[error?.name] ?? "The microphone could not be opened."
  );
}
