// Where pictures come from: the camera, a video file, or picture files. Each source has
//   mirrored       whether a person expects to see themselves as in a mirror
//   draw(canvas)   draws the picture of now, at most 640 pixels wide; false: there is none (any more)
//   ended          whether nothing more comes; only pictures end
//   stop()         lets go of it

const LONGEST = 640; // more pixels cost time on both sides and find no face better

/** Asks for the camera; throws an Error with a sentence for people. */
export async function openCamera(deviceId) {
  if (!navigator.mediaDevices?.getUserMedia) throw new Error('This browser gives no camera to this page (it needs HTTPS).');
  const wish = {width: {ideal: 640}, height: {ideal: 480}, ...(deviceId ? {deviceId: {exact: deviceId}} : {facingMode: 'user'})};
  try {
    const stream = await navigator.mediaDevices.getUserMedia({video: wish, audio: false});
    return await playing({srcObject: stream}, true, () => stream.getTracks().forEach((track) => track.stop()));
  } catch (problem) {
    throw new Error(WHY[problem.name] ?? 'The camera could not be started.');
  }
}

const WHY = {
  NotAllowedError: 'The camera was not allowed. Allow it in the address bar, then try again.',
  NotFoundError: 'No camera was found.',
  NotReadableError: 'The camera is in use by another program.',
};

/** The cameras there are; their names are known after the first was allowed. */
export async function listCameras() {
  const all = await navigator.mediaDevices.enumerateDevices();
  return all.filter((one) => one.kind === 'videoinput').map(({deviceId, label}, i) => ({deviceId, label: label || `Camera ${i + 1}`}));
}

export async function openVideo(file) {
  const url = URL.createObjectURL(file);
  try {
    return await playing({src: url, loop: true}, false, () => URL.revokeObjectURL(url));
  } catch {
    URL.revokeObjectURL(url);
    throw new Error('This video cannot be played.');
  }
}

async function playing(properties, mirrored, release) {
  const video = Object.assign(document.createElement('video'), {muted: true, playsInline: true, ...properties});
  await video.play();
  return {
    mirrored,
    draw: (canvas) => video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && paint(canvas, video, video.videoWidth, video.videoHeight),
    stop() { video.pause(); video.removeAttribute('src'); video.srcObject = null; release(); },
  };
}

/** Pictures in the order of their names, each shown once. */
export async function openPictures(files) {
  const inOrder = [...files].sort((a, b) => a.name.localeCompare(b.name, undefined, {numeric: true}));
  let next = 0, loading = false;
  const waiting = [];
  const load = async () => {
    if (loading) return;
    loading = true;
    while (next < inOrder.length && waiting.length < 3) {
      const bitmap = await createImageBitmap(inOrder[next++]).catch(() => null);
      if (bitmap) waiting.push(bitmap);
    }
    loading = false;
  };
  await load();
  if (waiting.length === 0) throw new Error('None of these files is a picture.');
  return {
    mirrored: false,
    draw(canvas) {
      const bitmap = waiting.shift();
      load();
      if (!bitmap) return false;
      paint(canvas, bitmap, bitmap.width, bitmap.height);
      bitmap.close();
      return true;
    },
    get ended() { return !loading && next >= inOrder.length && waiting.length === 0; },
    stop() { waiting.splice(0).forEach((bitmap) => bitmap.close()); next = inOrder.length; },
  };
}

function paint(canvas, picture, width, height) {
  if (!width || !height) return false;
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, {width: w, height: h});
  canvas.getContext('2d').drawImage(picture, 0, 0, w, h);
  return true;
}

/** What the canvas shows, as a JPEG. */
export const jpegOf = (canvas) => new Promise((done, fail) =>
  canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('The picture could not be encoded.'))), 'image/jpeg', 0.85));
