import { en } from "./text.en.js";
import { nl } from "./text.nl.js";

const texts = navigator.language.startsWith("en") ? en : nl;
document.title = texts.title;
