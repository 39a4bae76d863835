/** The film's clock: where it is, whether it runs, how fast. Knows no page, so that it can be reasoned about alone. */
export const SPEEDS = [1, 60, 600];
/** A film is finished from this share of its length: the same rule as resume-api's. */
export const FINISHED = 0.95;

export class Reel {
  /** `now` gives milliseconds on a clock that never goes back. */
  constructor(duration, position = 0, now = () => performance.now()) {
    this.duration = duration;
    this.speed = 1;
    this.running = false;
    this.#now = now;
    this.#at = position;
    this.#since = 0;
  }

  #now;
  #at;
  #since;

  get position() {
    const gone = this.running ? ((this.#now() - this.#since) / 1000) * this.speed : 0;
    return Math.min(this.duration, this.#at + gone);
  }

  get ended() {
    return this.position >= this.duration;
  }
  get finished() {
    return this.position >= this.duration * FINISHED;
  }

  seek(seconds) {
    this.#at = Math.min(this.duration, Math.max(0, seconds));
    this.#since = this.#now();
  }

  play() {
    this.seek(this.position);
    this.running = true;
  }
  pause() {
    this.seek(this.position);
    this.running = false;
  }
  setSpeed(speed) {
    this.seek(this.position);
    this.speed = speed;
  }
}
