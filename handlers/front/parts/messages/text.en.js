// The words of this part in English. The same keys are in text.nl.js; a test keeps them equal.

export const en = {
  messages: {
    title: "Messages and reports",
    body: "Messages of the privacy officer about data breaches that concern your files. Have you noticed something yourself? Report it at once.",
    report: "Report a data breach",
    none: "There are no messages.",
    clients: "These clients are concerned",
    gone: "Files that are no longer there: {count}",
  },
};
