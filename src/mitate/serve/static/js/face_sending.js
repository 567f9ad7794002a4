// Sending a film of the face with words and a bar, and what to do where it fails. Shared by the pages that send.
import { ApiError, announce, facts } from "./shell.js";
import { telling, upload } from "./upload.js";
import { waysOut } from "./ways_out.js";

const words = facts("face-words");

/** @param {string} id @returns {HTMLElement} */
export function part(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page lacks #${id}`);
  return found;
}

/**
 * Show the section #sending and send; then on to the waiting page.
 * @param {Parameters<typeof upload>[0]} told
 * @param {{text: string, go: (() => void)|string}} other way to another film
 */
export async function sendAndWait(told, other) {
  const section = part("sending");
  const sent = part("sent");
  const share = /** @type {HTMLProgressElement} */ (part("share"));
  section.querySelector(".actions")?.remove();
  section.hidden = false;
  section.focus();
  try {
    const capture = await upload({
      ...told,
      onProgress: telling(sent, share),
    });
    location.replace(`/face/wait/${capture}`);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    sent.textContent = error.message;
    announce(error.message, true);
    section.append(waysOut(error, { again: () => void sendAndWait(told, other), other }));
  }
}
