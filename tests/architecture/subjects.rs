//! `domain`, `flows` and `http` show the same subjects, so that whoever knows where a rule is knows where its use case and its route are.

use crate::source::Source;
use std::collections::BTreeSet;

const RANKS: [&str; 3] = ["domain", "flows", "http"];

/// Folders of one or two ranks only, and why.
const ALONE: [(&str, &str); 5] = [
    ("mail", "e-mails have a vocabulary and a flow; no route sends one"),
    ("registers", "what the registers share; each register is a subject"),
    ("table", "the format of import and export, without use cases of its own"),
    ("verify", "a command: it checks what the other subjects have stored"),
    ("wire", "what the requests of every subject are declared with"),
];

/// Each folder below one rank is a folder or a file of the others.
pub fn in_every_rank(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for subject in subjects(sources) {
        let has = |rank: &&str| {
            let (file, folder) = (format!("{rank}/{subject}.rs"), format!("{rank}/{subject}/"));
            sources.iter().any(|source| source.path == file || source.path.starts_with(&folder))
        };
        let missing: Vec<_> = RANKS.into_iter().filter(|rank| !has(rank)).collect();
        let is_alone = ALONE.iter().any(|(name, _)| *name == subject);
        match (missing.is_empty(), is_alone) {
            (false, false) => wrong.push(format!("{subject} is missing in {}", missing.join(" and "))),
            (true, true) => wrong.push(format!("{subject} is in every rank, yet listed as an exception")),
            _ => {}
        }
    }
    wrong
}

/// The names of the folders directly below a rank.
fn subjects(sources: &[Source]) -> BTreeSet<&str> {
    sources
        .iter()
        .filter_map(|source| {
            let (rank, rest) = source.path.split_once('/')?;
            let (subject, _) = rest.split_once('/')?;
            RANKS.contains(&rank).then_some(subject)
        })
        .collect()
}

#[test]
fn a_subject_that_one_rank_lacks_is_found() {
    let files = |paths: &[&str]| paths.iter().map(|path| Source::parse(path, "")).collect::<Vec<_>>();
    let whole = ["domain/breaches/record.rs", "flows/breaches/register.rs", "http/breaches.rs", "flows/mail/post.rs", "flows/jobs.rs"];
    assert!(in_every_rank(&files(&whole)).is_empty());
    assert_eq!(in_every_rank(&files(&whole[..2])), ["breaches is missing in http"]);
    assert_eq!(in_every_rank(&files(&["domain/breach/record.rs"])), ["breach is missing in flows and http"]);
    let listed = ["domain/mail.rs", "flows/mail/post.rs", "http/mail.rs"];
    assert_eq!(in_every_rank(&files(&listed)), ["mail is in every rank, yet listed as an exception"]);
}
