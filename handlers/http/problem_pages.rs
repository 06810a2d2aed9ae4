//! A page for each problem type, at the address that `type` names (RFC 9457, section 3.1.1): what it means and what to do, in the words of
//! the front end.
//!
//! The pages are made of the code alone. Cases that the API answers alike have one code, so they have one page too.

use super::{
    front_files::{Content, FILES, folder},
    problem::{Code, PREFIX},
};
use askama::Template;
use serde_json::Value;
use std::{collections::BTreeMap, sync::LazyLock};

/// The pages by the names of their codes.
static PAGES: LazyLock<BTreeMap<&'static str, Content>> = LazyLock::new(|| {
    let (dutch, english) = (words("nl"), words("en"));
    let page = |code: &Code| {
        let (nl, en) = (said(&dutch, *code), said(&english, *code));
        let page = Page { assets: folder(), code: code.name(), status: code.status().as_u16(), title: code.title(), nl, en };
        (code.name(), Content::new(page.render().expect("the template writes into memory").into_bytes().into()))
    };
    Code::ALL.iter().map(page).collect()
});

#[derive(Template)]
#[template(path = "problem.html")]
struct Page<'a> {
    assets: &'a str,
    code: &'a str,
    status: u16,
    title: &'a str,
    nl: &'a str,
    en: &'a str,
}

/// The page at exactly `path`.
pub(super) fn find(path: &str) -> Option<&'static Content> {
    PAGES.get(path.strip_prefix(PREFIX)?)
}

/// The problems in the texts of one language; those of a subject are beside its pages.
fn words(language: &str) -> BTreeMap<String, String> {
    let name = format!("text.{language}.json");
    let files = FILES.iter().filter(|file| file.path.rsplit('/').next() == Some(&name));
    let mut found = BTreeMap::new();
    for file in files {
        let texts: Value = serde_json::from_slice(file.content.plain()).expect("tests/front reads every text");
        for (code, text) in texts["problem"].as_object().into_iter().flatten() {
            found.insert(code.clone(), text.as_str().unwrap_or_default().to_owned());
        }
    }
    found
}

fn said(words: &BTreeMap<String, String>, code: Code) -> &str {
    words.get(code.name()).map_or(code.title(), String::as_str)
}
