// De woorden van dit onderdeel in het Nederlands. Dezelfde sleutels staan in text.en.js; een test houdt ze gelijk.

export const nl = {
  messages: {
    title: "Berichten en meldingen",
    body: "Berichten van de privacyfunctionaris over datalekken die uw dossiers raken, en over dossiers die u overneemt. Hebt u zelf iets gezien? Meld het meteen.",
    report: "Datalek melden",
    none: "Er zijn geen berichten.",
    clients: "Om deze klanten gaat het",
    gone: "Dossiers die er niet meer zijn: {count}",
    taken_over: "Dossiers van {from}",
    proposed: "Overdracht voorgesteld op {at}",
    coming: "{moved} van {files} dossiers zijn aangekomen. De andere volgen vanzelf.",
    came: "Alle dossiers zijn nu van u. Aantal: {files}.",
    check: "Niemand anders kan deze dossiers nu openen. Controleer of de gegevens kloppen, en vertel uw nieuwe cliënten wie hun adviseur is.",
    waiting: "Deze dossiers komen naar u toe op {at}. Twee privacy officers hebben dat goedgekeurd. Klopt het niet? Houd het dan tegen.",
    stop: "Tegenhouden",
    stop_title: "Overdracht van de dossiers van {from} tegenhouden?",
    stop_body: "De dossiers blijven waar ze zijn. De privacy officers en uw collega krijgen bericht.",
    stopped: "De overdracht is tegengehouden.",
    see_files: "Naar uw cliënten",
  },
};
