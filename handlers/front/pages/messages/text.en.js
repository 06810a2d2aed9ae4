// The words of this part in English. The same keys are in text.nl.js; a test keeps them equal.

export const en = {
  messages: {
    title: "Messages and reports",
    body: "Messages of the privacy officer about data breaches that concern your files, and about files that you take over. Have you noticed something yourself? Report it at once.",
    report: "Report a data breach",
    none: "There are no messages.",
    clients: "These clients are concerned",
    gone: "Files that are no longer there: {count}",
    taken_over: "Files of {from}",
    proposed: "Hand-over proposed on {at}",
    coming: "{moved} of {files} files have arrived. The others follow by themselves.",
    came: "All files are yours now. Number of files: {files}.",
    check: "Nobody else can open these files now. Check whether the data are right, and tell your new clients who their adviser is.",
    waiting: "These files come to you on {at}. Two privacy officers have approved it. Is it wrong? Then stop it.",
    stop: "Stop",
    stop_title: "Stop the hand-over of the files of {from}?",
    stop_body: "The files stay where they are. The privacy officers and your colleague are told.",
    stopped: "The hand-over has been stopped.",
    see_files: "To your clients",
  },
};
