// The conversation with the broker: making a session over REST, then one WebSocket until the result.

const TRANSIENT = new Set([1001, 1006, 1011, 1012, 1013]); // the session goes on over a new socket
const RETRIES = 5;

/** Credentials and wishes to a session; throws an Error with a sentence for people. */
export async function createSession({kind, user, key, secret}) {
  const login = await post('/api/core/auth/client/', {api_key: key, secret_key: secret});
  const where = kind === 'enrollment' ? '/api/auth/enrollment/' : '/api/auth/authentication/';
  const wish = kind === 'identification' ? {} : {user_id: user};
  const made = await post(where, {...wish, session_type: 'webcam'}, {Authorization: `Bearer ${login.access_token}`});
  return made.session_token;
}

async function post(path, body, headers = {}) {
  let response;
  try {
    response = await fetch(path, {method: 'POST', headers: {'Content-Type': 'application/json', ...headers},
                                  body: JSON.stringify(body), cache: 'no-store', credentials: 'omit'});
  } catch {
    throw new Error('The server cannot be reached.');
  }
  const said = await response.json().catch(() => ({}));
  if (response.ok) return said;
  throw new Error(reasonIn(said) ?? `The server refused (${response.status}).`);
}

/** The sentence of an error body: of a field, of the credentials, or its message. */
function reasonIn(said) {
  const fields = Object.entries(said).filter(([, value]) => Array.isArray(value) && value.length > 0);
  if (fields.length === 0) return said.message ?? said.detail;
  const [name, [text]] = fields[0];
  return name === 'non_field_errors' ? text : `${name}: ${text}`;
}

/**
 * One session's socket, made again when it is lost. Events, each with the message as `detail`: `established`, `feedback`
 * (an analysed or a rejected frame), `problem` (what may pass), `over` (the last message, or {type: 'lost', message}).
 */
export class FaceSession extends EventTarget {
  #token; #socket = null; #over = false; #lost = 0; #waiting = null;

  constructor(token) { super(); this.#token = token; }

  open() {
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(`${scheme}//${location.host}/ws/auth/process-image/${encodeURIComponent(this.#token)}`);
    this.#socket = socket;
    socket.onmessage = (event) => this.#take(JSON.parse(event.data));
    socket.onclose = (event) => this.#closed(event);
  }

  /** Sends a JPEG or PNG; resolves when the broker has spoken of it (or the socket is gone, or nothing came for 5 s). */
  async send(picture) {
    const bytes = await picture.arrayBuffer(); // the socket may close while the picture is read: looked at after that
    if (this.#over || this.#socket?.readyState !== WebSocket.OPEN) return pause(200);
    this.#socket.send(bytes);
    await Promise.race([new Promise((done) => { this.#waiting = done; }), pause(5000)]);
  }

  cancel() {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({type: 'cancel'}));
    this.#end({type: 'cancelled', message: 'You have cancelled.'});
  }

  #take(message) {
    const answered = () => { this.#waiting?.(); this.#waiting = null; };
    switch (message.type) {
      case 'connection_established':
        this.#lost = 0;
        return this.#tell('established', message);
      case 'frame_processed': case 'frame_rejected':
        answered();
        return this.#tell('feedback', message);
      case 'enrollment_complete': case 'enrollment_failed': case 'authentication_complete':
        answered();
        return this.#end(message);
      case 'error':
        answered();
        return this.#tell('problem', message);
    }
  }

  #closed(event) {
    this.#waiting?.();
    if (this.#over) return;
    if (TRANSIENT.has(event.code) && this.#lost++ < RETRIES) {
      this.#tell('problem', {message: 'The connection was lost. Connecting again…'});
      setTimeout(() => { if (!this.#over) this.open(); }, 500 * this.#lost);
    } else {
      this.#end({type: 'lost', message: ENDINGS[event.code] ?? 'The connection to the server was lost.'});
    }
  }

  #end(message) {
    if (this.#over) return;
    this.#over = true;
    this.#tell('over', message);
  }

  #tell(name, detail) { this.dispatchEvent(new CustomEvent(name, {detail})); }
}

const ENDINGS = {
  4000: 'This session was continued somewhere else.',
  4400: 'This session is over already.',
  4401: 'The time for this session is over.',
  4403: 'This service is suspended.',
  4404: 'This session does not exist.',
  4429: 'Too many pictures did not work. Please start again.',
  4499: 'The session was cancelled.',
};

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));
