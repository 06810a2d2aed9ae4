// The words of this part in English. The same keys are in text.nl.js; a test keeps them equal.

export const en = {
  suspicion: {
    title: "Report a data breach",
    body: "Has something been seen, sent, changed or lost that should not have been? Report it at once, also when in doubt. The privacy officer is told and looks into it.",
    what: "What was seen or what happened?",
    what_hint: "Do not name clients or their data: the privacy officer finds out from the log whom it concerns.",
    noticed: "When was it noticed?",
    submit: "Report",
    sent: "Your report has been received",
    sent_body: "The privacy officer has been told. If files of yours are concerned, you will hear so in FinRust.",
    number: "Reference: {number}",
  },
};
