// The joints of a body over the camera's picture.

/** Pairs of the 33 points of BlazePose (MediaPipe's numbering) that are joined; the face is left out. */
const BONES = [
  [11, 12], [11, 13], [13, 15], [12, 14], [14, 16], [11, 23], [12, 24], [23, 24],
  [23, 25], [25, 27], [27, 29], [29, 31], [27, 31], [24, 26], [26, 28], [28, 30], [30, 32], [28, 32],
];
const LEAST_VISIBLE = 0.4;

/**
 * Draw a body; nothing where none is seen.
 * @param {HTMLCanvasElement} canvas over the video, of the same size
 * @param {HTMLVideoElement} video shown whole (object-fit: contain)
 * @param {(number[]|null)[]|null} points 33 of x, y (shares of the picture), visibility; null where not seen
 */
export function drawBody(canvas, video, points) {
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d");
  if (!pen || !points || !video.videoWidth) return;
  pen.scale(scale, scale);
  const shown = Math.min(width / video.videoWidth, height / video.videoHeight);
  const [w, h] = [video.videoWidth * shown, video.videoHeight * shown];
  const at = (/** @type {number[]} */ point) => [(width - w) / 2 + point[0] * w, (height - h) / 2 + point[1] * h];
  pen.lineCap = "round";
  for (const [colour, thick] of /** @type {[string, number][]} */ ([["rgb(12 16 20 / .7)", 9], ["#9fe3ff", 5]])) {
    pen.strokeStyle = colour;
    pen.lineWidth = thick;
    for (const [from, to] of BONES) {
      const [one, other] = [points[from], points[to]];
      if (!one || !other || Math.min(one[2], other[2]) < LEAST_VISIBLE) continue;
      pen.beginPath();
      pen.moveTo(.../** @type {[number, number]} */ (at(one)));
      pen.lineTo(.../** @type {[number, number]} */ (at(other)));
      pen.stroke();
    }
  }
  pen.fillStyle = "#ffffff";
  for (let index = 11; index < 33; index += 1) {
    const point = points[index];
    if (!point || point[2] < LEAST_VISIBLE) continue;
    const [x, y] = at(point);
    pen.beginPath();
    pen.arc(x, y, 4.5, 0, 2 * Math.PI);
    pen.fill();
  }
}
