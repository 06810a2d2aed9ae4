//! The files of the front end, embedded: no build step, nothing read at run time, and nothing served that is not in the table.

use super::front_table::FILES;
use crate::crypto::digest::digest;
use flate2::{Compression, write::GzEncoder};
use std::{
    collections::BTreeSet,
    io::Write,
    sync::{LazyLock, OnceLock},
};

/// What never changes while the program runs, as it is and compressed.
///
/// Compressing gives away lengths, which matters where an answer mixes secrets with what an attacker chose (BREACH). These files have
/// neither. Answers of the API have both, and stay as they are.
pub struct Content {
    plain: String,
    gzipped: OnceLock<Vec<u8>>,
}

impl Content {
    /// Compressed when somebody asks for it.
    pub const fn new(plain: String) -> Self {
        Self { plain, gzipped: OnceLock::new() }
    }

    pub fn plain(&self) -> &str {
        &self.plain
    }

    /// As gzip (RFC 1952); compressed when it is asked for the first time.
    pub fn gzipped(&self) -> &[u8] {
        self.gzipped.get_or_init(|| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(self.plain.as_bytes()).and_then(|()| encoder.finish()).expect("memory takes every byte")
        })
    }
}

/// A file that the page loads.
pub struct FrontFile {
    /// Below `handlers/front/`, with `/`.
    pub path: &'static str,
    /// What is in it, as a browser gets it.
    pub content: LazyLock<Content>,
}

impl FrontFile {
    /// By the name's end.
    pub fn content_type(&self) -> &'static str {
        match self.extension() {
            "css" => "text/css; charset=utf-8",
            // RFC 9239
            "js" => "text/javascript; charset=utf-8",
            "svg" => "image/svg+xml",
            _ => "application/octet-stream",
        }
    }

    /// The subject that it is loaded with when somebody goes there; nothing for what is there from the start.
    pub fn loaded_with(&self) -> Option<&'static str> {
        let subject = self.path.strip_prefix("pages/")?.split('/').next()?;
        (!START.contains(self.path)).then_some(subject)
    }

    fn extension(&self) -> &'static str {
        self.path.rsplit_once('.').map_or("", |(_, extension)| extension)
    }
}

/// The module that the page starts with.
const FIRST: &str = "main.js";

/// What is loaded with the first module, because it imports it or something that does.
static START: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let mut found = BTreeSet::new();
    let mut waiting = vec![FIRST.to_owned()];
    while let Some(path) = waiting.pop() {
        if let Some(file) = FILES.iter().find(|file| file.path == path)
            && found.insert(file.path)
        {
            waiting.extend(imports(file.path, file.content.plain()));
        }
    }
    found
});

/// The modules that the one at `path` imports, as paths below `handlers/front/`; not those that it loads later.
pub fn imports(path: &str, text: &str) -> Vec<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with(['/', '*']));
    let names = code.flat_map(|line| line.split(" from \"").skip(1)).filter_map(|rest| rest.split('"').next());
    names.map(|name| resolved(path, name)).collect()
}

/// `name` as the module at `from` means it.
pub fn resolved(from: &str, name: &str) -> String {
    let mut path: Vec<&str> = from.split('/').collect();
    path.pop();
    for step in name.split('/') {
        match step {
            "." => {}
            ".." => {
                path.pop();
            }
            other => path.push(other),
        }
    }
    path.join("/")
}

/// The page with its placeholders: `{{assets}}` and `{{modules}}`.
const PAGE: &str = include_str!("../front/index.html");

static PAGE_CONTENT: LazyLock<Content> = LazyLock::new(|| Content::new(page_text()));

/// What is said at an address where nothing is.
const NOWHERE: &str = include_str!("../front/nowhere.html");

static NOWHERE_CONTENT: LazyLock<Content> = LazyLock::new(|| Content::new(NOWHERE.replace("{{assets}}", folder())));

/// The folder of all files is named after what is in them, so that one change renames all of it: browsers may keep a file for ever,
/// modules find each other by relative paths, and no page runs with modules of two versions.
static FOLDER: LazyLock<String> = LazyLock::new(|| {
    let digest = digest(FILES.iter().flat_map(|file| [file.path.as_bytes(), file.content.plain().as_bytes()]));
    format!("/assets/{}", data_encoding::HEXLOWER.encode(&digest[..8]))
});

/// Path under which the files are served, without a `/` at its end.
pub fn folder() -> &'static str {
    &FOLDER
}

/// The file that is served at `path`, letter for letter.
pub fn find(path: &str) -> Option<&'static FrontFile> {
    let name = path.strip_prefix(folder())?.strip_prefix('/')?;
    FILES.iter().find(|file| file.path == name)
}

/// The page, with the names that its files have today.
pub fn page() -> &'static Content {
    &PAGE_CONTENT
}

/// The page for an address where nothing is.
pub fn nowhere() -> &'static Content {
    &NOWHERE_CONTENT
}

fn page_text() -> String {
    PAGE.replace("{{modules}}", &preloads()).replace("{{assets}}", folder())
}

/// Asks for all modules of the start at once: else a browser learns of each one only from the module before it. The page itself asks
/// for the first one.
fn preloads() -> String {
    let modules = FILES.iter().filter(|file| START.contains(file.path) && file.path != FIRST);
    let links: Vec<String> = modules.map(|file| format!("<link rel=\"modulepreload\" href=\"{}/{}\">", folder(), file.path)).collect();
    links.join("\n")
}
