// De woorden van dit onderdeel in het Nederlands. Dezelfde sleutels staan in text.en.js; een test houdt ze gelijk.

export const nl = {
  messages: {
    title: "Berichten en meldingen",
    body: "Berichten van de privacyfunctionaris over datalekken die uw dossiers raken. Hebt u zelf iets gezien? Meld het meteen.",
    report: "Datalek melden",
    none: "Er zijn geen berichten.",
    clients: "Om deze klanten gaat het",
    gone: "Dossiers die er niet meer zijn: {count}",
  },
};
