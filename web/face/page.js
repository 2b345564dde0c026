// Puts the page together: begin, choose a source, stream, show the outcome.
import {jpegOf, listCameras, openCamera, openPictures, openVideo} from './camera.js';
import {Guide} from './guide.js';
import {openResult} from './result.js';
import {createSession, FaceSession, pause} from './session.js';

const $ = (id) => document.getElementById(id);
const cards = ['nothing', 'start', 'source', 'live', 'outcome'];
const guide = new Guide($('live'));
let token = new URLSearchParams(location.hash.slice(1)).get('session');
const handed = Boolean(token); // by the application that opened this page
const trying = /\/try\/?$/.test(location.pathname); // served in development only
let secret = ''; // typed here; in memory only
let session = null, source = null;

function show(card) {
  for (const name of cards) $(name).hidden = name !== card;
}

function complain(card, text) {
  let notice = $(card).querySelector('.notice');
  if (!notice) {
    notice = Object.assign(document.createElement('p'), {className: 'notice bad'});
    notice.setAttribute('role', 'alert');
    $(card).append(notice);
  }
  notice.textContent = text;
}

// -- begin ------------------------------------------------------------------------------------------------------------

$('start').elements.kind.addEventListener('change', ({target}) => {
  $('start').elements.user.closest('label').hidden = target.value === 'identification';
});

$('start').addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = new FormData(event.target), button = event.target.querySelector('button');
  button.disabled = true;
  complain('start', '');
  try {
    secret = form.get('secret');
    token = await createSession({kind: form.get('kind'), user: form.get('user').trim(), key: form.get('key').trim(), secret});
    show('source');
  } catch (problem) {
    complain('start', problem.message);
  } finally {
    button.disabled = false;
  }
});

// -- the source of pictures -------------------------------------------------------------------------------------------

let opening = false; // who asks twice gets one session

async function begin(open) {
  if (opening || session) return;
  opening = true;
  complain('source', '');
  try {
    source = await open();
  } catch (problem) {
    complain('source', problem.message);
    return;
  } finally {
    opening = false;
  }
  show('live');
  stream();
}

$('use-camera').addEventListener('click', () => begin(async () => {
  const opened = await openCamera();
  offerCameras(await listCameras());
  return opened;
}));
$('use-video').addEventListener('change', ({target}) => target.files.length && begin(() => openVideo(target.files[0])));
$('use-pictures').addEventListener('change', ({target}) => target.files.length && begin(() => openPictures(target.files)));

function offerCameras(cameras) {
  $('choose-camera').hidden = cameras.length < 2;
  $('cameras').replaceChildren(...cameras.map(({deviceId, label}) => new Option(label, deviceId)));
}

$('cameras').addEventListener('change', async ({target}) => {
  const before = source;
  try {
    source = await openCamera(target.value);
    before.stop();
  } catch (problem) {
    guide.say(problem.message);
  }
});

// -- streaming --------------------------------------------------------------------------------------------------------

function stream() {
  const mine = new FaceSession(token);
  session = mine;
  mine.addEventListener('established', ({detail}) => {
    guide.begin(detail);
    pump(mine, detail.limits?.max_fps ?? 10);
  });
  mine.addEventListener('feedback', ({detail}) => guide.show(detail));
  mine.addEventListener('problem', ({detail}) => detail.code !== 429 && guide.say(detail.message ?? detail.error));
  mine.addEventListener('over', ({detail}) => session === mine && finish(detail));
  guide.draw('idle');
  mine.open();
}

let pumping = null; // one at a time, whatever sockets come and go

// A frame goes when the one before it is answered, and never more often than the broker takes them.
async function pump(mine, fps) {
  if (pumping === mine) return;
  pumping = mine;
  const view = $('view'), apart = 1000 / fps + 5;
  while (session === mine) {
    const began = performance.now();
    if (source.draw(view)) {
      guide.resize(view.width, view.height);
      view.parentElement.classList.toggle('mirrored', source.mirrored);
      await mine.send(await jpegOf(view));
    } else if (source.ended) {
      guide.say('These were all the pictures, and they were not enough. Cancel, and choose others.');
    }
    await pause(Math.max(0, apart - (performance.now() - began)));
  }
}

$('cancel').addEventListener('click', () => session?.cancel());

// -- the outcome ------------------------------------------------------------------------------------------------------

const TITLES = {enrollment_complete: 'Your face is enrolled', enrollment_failed: 'That did not work',
                cancelled: 'Cancelled', lost: 'The session has ended'};

function finish(last) {
  session = null;
  pumping = null;
  source?.stop();
  source = null;
  const good = last.success === true;
  $('outcome').dataset.kind = good ? 'good' : 'bad';
  $('outcome-title').textContent = last.type === 'authentication_complete' ? (good ? 'Recognized' : 'Not recognized')
                                                                           : TITLES[last.type] ?? 'The session has ended';
  $('outcome-text').textContent = last.message ?? last.error ?? '';
  $('facts').hidden = true;
  $('open-problem').textContent = '';
  $('open').hidden = !last.encrypted_data;
  $('again').hidden = !trying;
  show('outcome');
  $('outcome').focus();
  if (last.encrypted_data) offerToOpen(last.encrypted_data);
  // Whoever opened this page gets the sealed result, never a picture. It is for that origin only when it said which it is.
  const to = new URLSearchParams(location.hash.slice(1)).get('origin');
  if (handed && window.opener && to) window.opener.postMessage({source: 'mdai-face', result: last}, to);
}

function offerToOpen(sealed) {
  $('secret-name').textContent = sealed.key_source === 'api_key' ? 'API key' : 'API secret';
  const open = async (with_) => {
    try {
      facts(await openResult(sealed, with_));
    } catch (problem) {
      $('open-problem').textContent = problem.message;
    }
  };
  $('open').onsubmit = (event) => {
    event.preventDefault();
    $('open-problem').textContent = '';
    open(new FormData(event.target).get('secret'));
  };
  if (secret) open(secret);
}

function facts(result) {
  $('facts').replaceChildren(...Object.entries(result).flatMap(([name, value]) => {
    const term = document.createElement('dt'), what = document.createElement('dd');
    term.textContent = name.replaceAll('_', ' ');
    what.textContent = typeof value === 'object' ? JSON.stringify(value) : String(value);
    return [term, what];
  }));
  $('facts').hidden = false;
  $('open').hidden = true;
}

$('again').addEventListener('click', () => {
  token = null;
  show('start');
});

show(handed ? 'source' : trying ? 'start' : 'nothing');
