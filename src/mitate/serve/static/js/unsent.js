// Films that this device still keeps: those that were on their way go on by themselves, others wait for a word.
import { ApiError, announce, facts, fill, goTo } from "./shell.js";
import { button, link } from "./camera.js";
import { changeFilm, filmsOf, forgetFilm, settled } from "./kept.js";
import { sendNotes } from "./kept_notes.js";
import { telling, upload } from "./upload.js";
import { waysOut } from "./ways_out.js";

const LEAST_S = 6;
const place = document.getElementById("unsent");
const words = facts("film-words");

/** @param {HTMLElement} where @param {string} person */
async function look(where, person) {
  void sendNotes(person);
  for (const seen of await filmsOf(person)) {
    const film = await settled(seen);
    if (!film) continue;
    if (film.state === "recording" && film.seconds < LEAST_S) {
      await forgetFilm(film);
      continue;
    }
    const card = document.createElement("section");
    card.className = "card";
    card.tabIndex = -1;
    where.append(card);
    where.hidden = false;
    if (film.state === "sending") void send(card, film);
    else offer(card, film);
  }
}

function offer(card, film) {
  const title = document.createElement("h2");
  title.textContent = words.unsent;
  const when = document.createElement("p");
  const language = document.documentElement.lang === "ja" ? "ja-JP" : "en-GB";
  const at = new Date(film.at).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
  when.textContent = fill(words.unsent_when, { when: at });
  const ways = document.createElement("div");
  ways.className = "actions";
  const now = button(words.unsent_send, "button", () => {
    ways.remove();
    card.focus();
    void send(card, film);
  });
  const away = button(words.unsent_delete, "button-danger", () => {
    ways.remove();
    void remove(card, film);
  });
  ways.append(now, away);
  card.replaceChildren(title, when, ways);
  announce(`${words.unsent}. ${when.textContent}`);
}

async function remove(card, film) {
  await forgetFilm(film);
  card.remove();
  announce(words.unsent_gone);
  goTo();
}

/** Where what comes of a film is seen. */
function seenAt(film, capture) {
  const [page, check] = film.purpose.split(" ");
  if (page === "move") return `/back/movements/${check}`;
  return page === "clinic" ? `/clinic/captures/${capture}` : `/face/wait/${capture}`;
}

async function send(card, film) {
  const text = document.createElement("p");
  const bar = document.createElement("progress");
  bar.max = 100;
  bar.setAttribute("aria-label", words.unsent);
  card.replaceChildren(text, bar);
  if (film.state === "recording") await changeFilm(film, { state: "ready" });
  try {
    const capture = await upload({
      person: film.person,
      film,
      onProgress: telling(text, bar),
    });
    const arrived = document.createElement("p");
    arrived.textContent = words.unsent_arrived;
    card.replaceChildren(arrived, link(words.unsent_see, "button", seenAt(film, capture)));
    announce(words.unsent_arrived);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    text.textContent = error.message;
    announce(error.message, true);
    const away = () => void remove(card, film);
    bar.replaceWith(waysOut(error, { again: () => (card.focus(), void send(card, film)), other: { text: words.unsent_delete, go: away } }));
  }
}

if (place?.dataset.person) void look(place, place.dataset.person);
