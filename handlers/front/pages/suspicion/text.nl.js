// De woorden van dit onderdeel in het Nederlands. Dezelfde sleutels staan in text.en.js; een test houdt ze gelijk.

export const nl = {
  suspicion: {
    title: "Datalek melden",
    body: "Is er iets gezien, verstuurd, gewijzigd of kwijt wat niet mag? Meld het meteen, ook als u twijfelt. De privacyfunctionaris krijgt bericht en beoordeelt het.",
    what: "Wat is er gezien of gebeurd?",
    what_hint: "Noem geen namen of gegevens van klanten: wie het raakt, zoekt de privacyfunctionaris op in het logboek.",
    noticed: "Wanneer is het gezien?",
    submit: "Melden",
    sent: "Uw melding is ontvangen",
    sent_body: "De privacyfunctionaris heeft bericht gekregen. Raakt het dossiers van u, dan hoort u dat in FinRust.",
    number: "Kenmerk: {number}",
  },
};
