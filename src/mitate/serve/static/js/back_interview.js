// The question is read aloud, where spoken guidance is on.
import { speak } from "./voice.js";

const question = document.getElementById("question");
if (question) speak(question.textContent ?? "", { now: true });
