// Films that an earlier version kept unsealed: those of the person who is signed in are sealed and go on as any
// other; whatever else is left of that time is removed.
import { recall, remember } from "./shell.js";
import { answer, database, put, written } from "./kept_rows.js";
import { canSeal, sealOf, sealed, sealedJson } from "./seal.js";

const MARK = "kept-before";

/** See to them once. @param {string} person who is signed in */
export async function sealBefore(person) {
  const here = await database(); // whose opening tells whether there was such a time
  if (recall(MARK) !== "1") return;
  const seal = await sealOf(person);
  if ((canSeal() && !seal) || !here?.objectStoreNames.contains("films")) return;
  if (seal && !(await sealOwn(here, person, seal))) return; // no room: tried again next time
  const cleared = here.transaction(["films", "parts"], "readwrite");
  cleared.objectStore("films").clear();
  cleared.objectStore("parts").clear();
  await written(cleared);
  remember(MARK, "0");
}

async function sealOwn(here, person, seal) {
  const old = here.transaction(["films", "parts"]);
  const [films, parts] = await Promise.all([
    answer(old.objectStore("films").getAll()),
    answer(old.objectStore("parts").getAll()),
  ]);
  for (const film of films.filter((one) => one.person === person)) {
    const row = { id: film.id, mark: seal.mark, whose: seal.whose, at: film.at };
    const rows = [];
    for (const one of parts.filter((part) => part.film === film.id)) {
      const content = await one.part.arrayBuffer();
      rows.push({ film: film.id, number: one.number, sealed: await sealed(seal, content, `film ${film.id} part ${one.number}`) });
    }
    const told = { ...film, sure: true, state: film.state === "recording" ? "ready" : film.state };
    const facts = { ...row, sealed: await sealedJson(seal, told, `film ${film.id}`) };
    if (!(await put({ sealed_films: [facts], sealed_parts: rows }))) return false;
  }
  return true;
}
