// What a person sees while the camera runs: the oval, the hint, and what is still to do.

const COLOUR = {wait: '#fbbf24', good: '#4ade80', bad: '#f87171', idle: '#ffffff'};

export class Guide {
  #overlay; #hint; #samples; #steps;

  constructor(root) {
    this.#overlay = root.querySelector('#overlay');
    this.#hint = root.querySelector('#hint');
    this.#samples = root.querySelector('#samples');
    this.#steps = Object.fromEntries([...root.querySelectorAll('[data-step]')].map((li) => [li.dataset.step, li]));
  }

  begin(established) {
    this.#samples.max = established.target_samples ?? established.min_frames_required ?? 3;
    this.#samples.value = 0;
    for (const step of Object.values(this.#steps)) delete step.dataset.done;
    this.say(established.message ?? 'Look into the camera.');
  }

  say(text) {
    if (this.#hint.textContent !== text) this.#hint.textContent = text; // said once to those who listen
  }

  /** Shows what the broker says of a frame. */
  show(message) {
    this.say(message.message ?? message.error ?? '');
    if (message.frames_processed !== undefined) this.#samples.value = message.frames_processed;
    if (message.quality_score !== undefined) {
      const {quality_score: quality, quality_threshold: enough = 0.65} = message;
      this.#steps.quality.querySelector('meter').value = quality;
      this.#mark('quality', quality >= enough);
      this.#count('blinks', message.blinks_detected, message.blinks_required, message.blinks_ok);
      this.#count('motion', message.motion_events, message.motion_required, message.motion_ok);
    }
    this.#obstacles(message);
    const state = message.type === 'frame_rejected' ? 'bad' : message.success ? 'good' : 'wait';
    this.draw(state, message.visual_data?.face_bbox);
  }

  #count(step, done, wanted, enough) {
    this.#steps[step].hidden = !(wanted > 0);
    this.#steps[step].querySelector('output').textContent = `${done} of ${wanted}`;
    this.#mark(step, enough);
  }

  #obstacles(message) {
    const names = (Array.isArray(message.obstacles) ? message.obstacles : Object.keys(message.obstacles ?? {}))
      .map((name) => String(name).replaceAll('_', ' '));
    const blocked = message.type === 'frame_rejected' && names.length > 0;
    if (!blocked && message.no_obstacles === undefined) return;
    this.#steps.obstacles.querySelector('output').textContent = blocked ? names.join(', ') : 'clear';
    this.#steps.obstacles.dataset.done = blocked ? 'blocked' : message.no_obstacles ? 'yes' : 'no';
  }

  #mark(step, done) { this.#steps[step].dataset.done = done ? 'yes' : 'no'; }

  /** The oval in which the face belongs, and where it was found. */
  draw(state, face) {
    const {width, height} = this.#overlay;
    const pen = this.#overlay.getContext('2d');
    pen.clearRect(0, 0, width, height);
    pen.fillStyle = 'rgb(0 0 0 / 45%)';
    pen.beginPath();
    pen.rect(0, 0, width, height);
    pen.ellipse(width / 2, height / 2, height * 0.3, height * 0.4, 0, 0, 2 * Math.PI);
    pen.fill('evenodd');
    pen.lineWidth = 5;
    pen.strokeStyle = COLOUR[state] ?? COLOUR.idle;
    pen.beginPath();
    pen.ellipse(width / 2, height / 2, height * 0.3, height * 0.4, 0, 0, 2 * Math.PI);
    pen.stroke();
    if (!Array.isArray(face) || face.length !== 4) return;
    const [left, top, right, bottom] = face;
    pen.lineWidth = 2;
    pen.setLineDash([8, 6]);
    pen.strokeRect(left, top, right - left, bottom - top);
    pen.setLineDash([]);
  }

  resize(width, height) {
    if (this.#overlay.width !== width || this.#overlay.height !== height) Object.assign(this.#overlay, {width, height});
  }
}
