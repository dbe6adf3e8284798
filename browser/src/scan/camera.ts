// The camera: asked for when a person wants it, its light where it has one, and off again when done or hidden.

/** Why there is no picture: the codes of scan.camera.… in the message catalogue. */
export type Refusal = "scan.camera.none" | "scan.camera.denied" | "scan.camera.busy" | "scan.camera.unsafe";

const WANTED: MediaStreamConstraints = { audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 1920 }, height: { ideal: 1080 } } };

export class Camera {
  private constructor(private readonly stream: MediaStream) {}

  /** Ask for the camera and show it in `video`. */
  static async open(video: HTMLVideoElement): Promise<Camera | Refusal> {
    if (!("mediaDevices" in navigator) || !navigator.mediaDevices.getUserMedia) return "scan.camera.unsafe"; // no TLS, or an embedded browser
    try {
      const camera = new Camera(await navigator.mediaDevices.getUserMedia(WANTED));
      video.srcObject = camera.stream;
      await video.play();
      return camera;
    } catch (defect) {
      return refusal(defect);
    }
  }

  /** True where the light can be turned on. */
  get hasLight(): boolean {
    const able = this.track?.getCapabilities?.() as { torch?: boolean } | undefined;
    return able?.torch === true;
  }

  /** Turn the light; false where the camera would not. */
  async light(on: boolean): Promise<boolean> {
    try {
      await this.track?.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] });
      return true;
    } catch {
      return false;
    }
  }

  close(): void {
    for (const track of this.stream.getTracks()) track.stop();
  }

  private get track(): MediaStreamTrack | undefined {
    return this.stream.getVideoTracks()[0];
  }
}

function refusal(defect: unknown): Refusal {
  switch (defect instanceof DOMException ? defect.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "scan.camera.denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "scan.camera.none";
    default:
      return "scan.camera.busy";
  }
}
