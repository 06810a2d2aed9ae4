//! The files of the front end, embedded as they are in the source tree: no build step, and nothing read at run time.

use crate::crypto::digest::digest;
use flate2::{Compression, write::GzEncoder};
use rust_embed::RustEmbed;
use std::{
    borrow::Cow,
    collections::BTreeSet,
    io::Write,
    sync::{LazyLock, OnceLock},
};

/// Static content, plain and compressed.
///
/// Compression leaks lengths, which matters where a response mixes secrets with attacker-chosen text (BREACH). These files contain neither.
/// API responses contain both and are not compressed.
pub struct Content {
    plain: Cow<'static, [u8]>,
    gzipped: OnceLock<Vec<u8>>,
}

impl Content {
    /// Compressed on first request.
    pub const fn new(plain: Cow<'static, [u8]>) -> Self {
        Self { plain, gzipped: OnceLock::new() }
    }

    pub fn plain(&self) -> &[u8] {
        &self.plain
    }

    /// As gzip (RFC 1952), compressed on first request.
    pub fn gzipped(&self) -> &[u8] {
        self.gzipped.get_or_init(|| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(&self.plain).and_then(|()| encoder.finish()).expect("memory takes every byte")
        })
    }
}

/// The front-end folder with all its files, including type declarations for the checker.
#[derive(RustEmbed)]
#[folder = "handlers/front/"]
struct Folder;

/// Every file that a page loads, but not the pages themselves, whose placeholders are filled in first.
pub static FILES: LazyLock<Vec<FrontFile>> = LazyLock::new(|| {
    let all = Folder::iter().map(|path| FrontFile { content: Content::new(embedded(&path)), path });
    let mut files: Vec<FrontFile> = all.filter(|file| file.content_type().is_some()).collect();
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
});

fn embedded(path: &str) -> Cow<'static, [u8]> {
    Folder::get(path).expect("it is one of the embedded files").data
}

/// A page as text.
fn page_source(name: &str) -> String {
    String::from_utf8(embedded(name).into_owned()).expect("pages are UTF-8")
}

/// A file that the page loads.
pub struct FrontFile {
    /// Below `handlers/front/`, with `/`.
    pub path: Cow<'static, str>,
    /// Its content.
    pub content: Content,
}

impl FrontFile {
    /// The content type by file extension; `None` for files that no page loads.
    pub fn content_type(&self) -> Option<&'static str> {
        match self.extension() {
            "css" => Some("text/css; charset=utf-8"),
            // RFC 9239
            "js" => Some("text/javascript; charset=utf-8"),
            "json" => Some("application/json"),
            "svg" => Some("image/svg+xml; charset=utf-8"),
            _ => None,
        }
    }

    /// The subject whose pages load this file on demand; `None` for what is loaded at the start.
    pub fn loaded_with(&self) -> Option<&str> {
        let subject = self.path.strip_prefix("pages/")?.split('/').next()?;
        (!START.contains(&*self.path)).then_some(subject)
    }

    fn extension(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, extension)| extension)
    }
}

/// The modules that the page starts with.
pub const FIRST: [&str; 2] = ["early.js", "main.js"];

/// Everything loaded at the start: the first modules and what they import, directly or indirectly.
static START: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<String> = FIRST.map(str::to_owned).into();
    while let Some(path) = waiting.pop() {
        if let Some(file) = FILES.iter().find(|file| file.path == path)
            && found.insert(&*file.path)
        {
            waiting.extend(imports(&file.path, &String::from_utf8_lossy(file.content.plain())));
        }
    }
    found
});

/// The modules that the one at `path` imports statically, as paths below `handlers/front/`.
pub fn imports(path: &str, text: &str) -> Vec<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with(['/', '*']));
    let names = code.flat_map(|line| line.split(" from \"").skip(1)).filter_map(|rest| rest.split('"').next());
    names.map(|name| resolved(path, name)).collect()
}

/// The path of `name` as imported by the module at `from`.
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

/// The page with its placeholders `{{assets}}` and `{{modules}}` filled in.
static PAGE: LazyLock<Content> = LazyLock::new(|| {
    let text = page_source("index.html").replace("{{modules}}", &preloads()).replace("{{assets}}", folder());
    Content::new(text.into_bytes().into())
});

/// The page for unknown addresses.
static NOWHERE: LazyLock<Content> =
    LazyLock::new(|| Content::new(page_source("nowhere.html").replace("{{assets}}", folder()).into_bytes().into()));

/// The folder is named after the digest of all files, so that any change renames it: browsers may cache files for ever, modules find each
/// other by relative paths, and no page runs modules of two versions.
static FOLDER: LazyLock<String> = LazyLock::new(|| {
    let digest = digest(FILES.iter().flat_map(|file| [file.path.as_bytes(), file.content.plain()]));
    format!("/assets/{}", data_encoding::HEXLOWER.encode(&digest[..8]))
});

/// Path under which the files are served, without a trailing `/`.
pub fn folder() -> &'static str {
    &FOLDER
}

/// The file served at exactly `path`.
pub fn find(path: &str) -> Option<&'static FrontFile> {
    let name = path.strip_prefix(folder())?.strip_prefix('/')?;
    FILES.iter().find(|file| file.path == name)
}

/// The page, with the current names of its files.
pub fn page() -> &'static Content {
    &PAGE
}

/// The page for unknown addresses.
pub fn nowhere() -> &'static Content {
    &NOWHERE
}

/// Preloads all modules of the start at once; otherwise a browser discovers each one only through the module that imports it. The page
/// itself requests the first ones.
fn preloads() -> String {
    let modules = FILES.iter().filter(|file| START.contains(&*file.path) && !FIRST.contains(&&*file.path));
    let links: Vec<String> = modules.map(|file| format!("<link rel=\"modulepreload\" href=\"{}/{}\">", folder(), file.path)).collect();
    links.join("\n")
}
