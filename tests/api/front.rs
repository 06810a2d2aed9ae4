//! The front end's files: what is served, under which names, how long it may be cached, and nothing else.

use crate::support::{actor::Reply, app::TestApp};
use axum::http::{Method, StatusCode};
use finrust::http::{
    front_files::{FILES, folder},
    problem::Code,
};
use flate2::read::GzDecoder;
use std::io::Read;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

#[track_caller]
fn check(reply: &Reply, content_type: &str, cache: &str) {
    let expected = [
        ("content-type", content_type),
        ("cache-control", cache),
        ("content-security-policy", POLICY),
        ("vary", "Accept-Encoding"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    for (name, value) in expected {
        assert_eq!(reply.header(name), Some(value), "{name}: {:?}", reply.headers);
    }
}

/// Values of `href` and `src` that are our own files.
fn references(page: &str) -> Vec<&str> {
    page.split('"').filter(|part| part.starts_with("/assets/")).collect()
}

#[tokio::test]
async fn the_page_names_files_that_are_there_and_every_module_of_the_start_once() {
    let app = TestApp::start().await;
    let reply = app.anonymous().get("/").await.expect(StatusCode::OK);
    check(&reply, "text/html; charset=utf-8", "no-store");
    let page = String::from_utf8(reply.body).unwrap();
    assert!(page.starts_with("<!doctype html>") && !page.contains("{{"), "{page}");
    for path in references(&page) {
        app.anonymous().get(path).await.expect(StatusCode::OK);
    }
    for file in FILES.iter().filter(|file| file.path.ends_with(".js")) {
        let named = references(&page).into_iter().filter(|path| *path == format!("{}/{}", folder(), file.path));
        assert_eq!(named.count(), usize::from(file.loaded_with().is_none()), "{} in {page}", file.path);
    }
}

#[tokio::test]
async fn every_file_is_served_as_it_is_and_may_be_kept() {
    let app = TestApp::start().await;
    for file in FILES.iter() {
        let content_type = match file.path.rsplit_once('.').unwrap().1 {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "json" => "application/json",
            "svg" => "image/svg+xml; charset=utf-8",
            other => panic!("{other}"),
        };
        let path = format!("{}/{}", folder(), file.path);
        let reply = app.anonymous().get(&path).await.expect(StatusCode::OK);
        check(&reply, content_type, "public, max-age=31536000, immutable");
        assert_eq!(reply.header("content-encoding"), None);
        let source = std::fs::read_to_string(format!("{}/handlers/front/{}", env!("CARGO_MANIFEST_DIR"), file.path)).unwrap();
        assert!(reply.body == source.as_bytes(), "{path}");
        let head = app.anonymous().request(Method::HEAD, &path).send().await.expect(StatusCode::OK);
        check(&head, content_type, "public, max-age=31536000, immutable");
        assert_eq!((head.body.len(), head.header("content-length")), (0, Some(source.len().to_string().as_str())));
    }
}

#[tokio::test]
async fn whoever_takes_gzip_gets_the_same_in_fewer_bytes() {
    let app = TestApp::start().await;
    let style = format!("{}/{}", folder(), FILES.iter().find(|file| file.path.ends_with(".css")).unwrap().path);
    for path in ["/", &style] {
        let ask = |accepts: &'static str| {
            let anyone = app.anonymous();
            async move { anyone.request(Method::GET, path).header("accept-encoding", accepts).send().await.expect(StatusCode::OK) }
        };
        let plain = ask("gzip;q=0, br").await;
        let gzipped = ask("br, gzip;q=0.5").await;
        assert_eq!((plain.header("content-encoding"), gzipped.header("content-encoding")), (None, Some("gzip")));
        assert_eq!((plain.header("vary"), gzipped.header("vary")), (Some("Accept-Encoding"), Some("Accept-Encoding")));
        let mut unpacked = Vec::new();
        GzDecoder::new(&gzipped.body[..]).read_to_end(&mut unpacked).unwrap();
        assert!(unpacked == plain.body && gzipped.body.len() < plain.body.len(), "{path}");
    }
}

#[tokio::test]
async fn an_answer_of_the_api_is_never_compressed() {
    let app = TestApp::start().await;
    let ask = |path: &'static str| {
        let anyone = app.anonymous();
        async move { anyone.request(Method::GET, path).header("accept-encoding", "gzip").send().await }
    };
    for path in ["/api/openapi.json", "/api/session", "/.well-known/security.txt", "/assets/x"] {
        assert_eq!(ask(path).await.header("content-encoding"), None, "{path}");
    }
}

#[tokio::test]
async fn what_is_no_file_of_the_page_is_not_there() {
    let app = TestApp::start().await;
    let (folder, file) = (folder(), &*FILES[0].path);
    let old = folder.replace(|it: char| it.is_ascii_digit(), "f");
    assert_ne!(old, folder);
    for path in [
        "/assets".to_owned(),
        "/assets/".to_owned(),
        folder.to_owned(),
        format!("{folder}/"),
        format!("{folder}/core"),
        format!("{folder}/core/"),
        format!("{folder}/index.html"),
        format!("{folder}/core/types.d.ts"),
        format!("{folder}//{file}"),
        format!("{folder}/{file}/"),
        format!("{folder}/./{file}"),
        format!("{folder}/x/../{file}"),
        format!("{folder}/%2e%2e/{file}"),
        format!("{folder}/../../Cargo.toml"),
        format!("{folder}/{}", file.to_uppercase()),
        format!("{folder}/{}", file.replace('.', "%2e")),
        format!("{folder}x/{file}"),
        format!("{old}/{file}"),
        format!("/assets/{file}"),
        format!("/{file}"),
        "/index.html".to_owned(),
        "/favicon.ico".to_owned(),
    ] {
        let reply = app.anonymous().get(&path).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
    }
}

#[tokio::test]
async fn whoever_reads_is_told_in_words_that_nothing_is_there() {
    let app = TestApp::start().await;
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let ask = |method: Method, path: &'static str, accepts: &'static str| {
        let mut anyone = app.anonymous();
        anyone.beyond_contract = true;
        async move { anyone.request(method, path).header("accept", accepts).send().await.expect(StatusCode::NOT_FOUND) }
    };
    for path in ["/clients", "/clients/", "/index.html", "/assets/x", "/apis", "/.well-known/x"] {
        let reply = ask(Method::GET, path, browser).await;
        assert_eq!(reply.header("vary"), Some("Accept, Accept-Encoding"));
        assert_eq!(
            (reply.header("content-type"), reply.header("cache-control")),
            (Some("text/html; charset=utf-8"), Some("no-store")),
            "{path}"
        );
        assert_eq!(reply.header("content-security-policy"), Some(POLICY));
        let page = String::from_utf8(reply.body).unwrap();
        assert!(
            page.contains("Deze pagina is er niet") && page.contains("There is nothing at this address") && !page.contains("{{"),
            "{page}"
        );
        for file in references(&page) {
            app.anonymous().get(file).await.expect(StatusCode::OK);
        }
        assert_eq!(ask(Method::HEAD, path, browser).await.body, b"");
    }
    for (method, path, accepts) in [
        (Method::GET, "/clients", "*/*"),
        (Method::GET, "/clients", "application/json, text/html"),
        (Method::GET, "/api", browser),
        (Method::GET, "/api/nothing", browser),
        (Method::POST, "/clients", browser),
    ] {
        let reply = ask(method, path, accepts).await;
        assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{path}, {accepts}");
    }
}

#[tokio::test]
async fn each_problem_type_leads_to_a_page_that_depends_on_nothing_but_its_code() {
    let app = TestApp::start().await;
    for code in Code::ALL {
        let reply = app.anonymous().get(&code.path()).await.expect(StatusCode::OK);
        check(&reply, "text/html; charset=utf-8", "no-store");
        assert_eq!(reply.header("set-cookie"), None);
        let page = String::from_utf8(reply.body.clone()).unwrap();
        for language in ["nl", "en"] {
            let words = words(language, *code);
            assert!(page.contains(&escaped(&words)), "{words} in {page}");
        }
        assert!(page.contains(code.name()) && page.contains(code.status().as_str()) && !page.contains("{{"), "{page}");
        for file in references(&page) {
            app.anonymous().get(file).await.expect(StatusCode::OK);
        }
        let mut curious = app.anonymous();
        curious.beyond_contract = true;
        let asked = format!("{}?%3Cscript%3E=anna&code=internal", code.path());
        let asking = curious.request(Method::GET, &asked).header("cookie", "__Host-session=x").header("accept-language", "en");
        assert_eq!(asking.send().await.expect(StatusCode::OK).body, reply.body, "{code:?}");
    }
}

#[tokio::test]
async fn what_is_no_problem_type_has_no_page() {
    let app = TestApp::start().await;
    for name in ["nothing", "Not_found", "not%5ffound", "not_found%00", "offline", "..%2fproblems%2fnot_found", "%ff"] {
        app.anonymous().get(&format!("/problems/{name}")).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    }
}

/// The words of a problem in the texts of the front end.
fn words(language: &str, code: Code) -> String {
    let named = format!("text.{language}.json");
    let texts = FILES.iter().filter(|file| file.path.rsplit('/').next() == Some(&named));
    let found = texts.filter_map(|file| {
        let texts: serde_json::Value = serde_json::from_slice(file.content.plain()).unwrap();
        texts["problem"][code.name()].as_str().map(str::to_owned)
    });
    let [words] = &found.collect::<Vec<_>>()[..] else { panic!("{code:?} has no words, or has them twice") };
    words.clone()
}

/// As text of HTML.
fn escaped(text: &str) -> String {
    let entity = |c: char| if matches!(c, '&' | '<' | '>' | '"' | '\'') { format!("&#{};", u32::from(c)) } else { c.to_string() };
    text.chars().map(entity).collect()
}
