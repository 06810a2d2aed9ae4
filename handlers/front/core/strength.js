// A rough idea of how hard a password is to guess, for the meter only: the server judges with a dictionary that would not fit in a page.

const RUN = /(.)\1{2,}|(?:012|123|234|345|456|567|678|789|890|abc|bcd|cde|def|qwe|wer|ert|asd|sdf|zxc)/giu;
const COMMON = /wachtwoord|password|welkom|welcome|finrust|qwerty|azerty|geheim|secret|admin|letmein|zomer|winter|lente|herfst/giu;
const WORST = 12;

/**
 * 0 (guessed at once) to 4 (strong).
 * @param {string} typed
 */
export function strength(typed) {
  if ([...typed].length < WORST) return typed === "" ? 0 : 1;
  // Runs and well-known words count as one letter each.
  const rest = typed.normalize("NFC").replace(COMMON, "w").replace(RUN, "r");
  const bits = new Set(rest).size * 2 + [...rest].length * 1.5;
  if (bits < 30) return 1;
  if (bits < 42) return 2;
  return bits < 54 ? 3 : 4;
}
