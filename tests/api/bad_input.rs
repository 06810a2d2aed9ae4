//! Invalid bodies are refused with a code, and nothing changes.

use crate::{
    samples::contents,
    support::{
        actor::{Actor, Reply},
        app::TestApp,
    },
};
use axum::http::{Method, StatusCode};
use finrust::{
    domain::sign_in::credentials::Role,
    http::routes::{Route, router, table},
};
use serde_json::json;
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};
use tokio::net::TcpListener;

const MIB: usize = 1024 * 1024;
const FEW: usize = 16 * 1024;

/// One user per access rule: a caller with access gets as far as the body being read.
pub struct Office {
    pub app: TestApp,
    pub adviser: Actor,
    officer: Actor,
    half: Actor,
    choosing: Actor,
}

impl Office {
    pub async fn open() -> Self {
        let app = TestApp::start().await;
        let (officer, half) = (app.officer("olga").await, app.half_signed_in("hans").await);
        let choosing = app.invited("iris", Role::Adviser).await;
        choosing.log_in().await.expect(StatusCode::OK);
        let adviser = app.adviser("anna").await;
        Self { app, adviser, officer, half, choosing }
    }

    pub fn who_may(&self, route: &Route) -> &Actor {
        match route.access.as_str() {
            "Officer" => &self.officer,
            "SecondFactorDue" => &self.half,
            "NewPasswordDue" => &self.choosing,
            _ => &self.adviser,
        }
    }

    /// The id in the path matches nothing; an invalid body is refused before it is looked up.
    pub async fn send(&self, route: &Route, body: impl Into<Vec<u8>>, content_type: &str) -> Reply {
        let path = route.path.replace("{id}", "3b241101-e2bb-4255-8caf-4136c566a962").replace("{part}", "0");
        self.who_may(route).request(route.method.parse().unwrap(), &path).raw_body(body, content_type).send().await
    }
}

/// Every route of the API with a method that carries a body.
pub fn with_body() -> impl Iterator<Item = Route> {
    table().into_iter().filter(|route| route.method != "GET" && route.access != "Job")
}

/// Whether it is for callers who need not be fully signed in.
fn keeps_little(route: &Route) -> bool {
    ["Public", "SecondFactorDue", "NewPasswordDue", "Choosing"].contains(&route.access.as_str())
}

/// The routes that take fields.
fn with_fields() -> impl Iterator<Item = Route> {
    let bare = [
        "/api/logout",
        "/keep-alive",
        "/disable",
        "/enable",
        "/invite",
        "/unlock",
        "/publish",
        "/platform",
        "/continue",
        "/approve",
        "/withdraw",
        "/confirm",
        "/stop",
        "/report",
        "/seen",
    ];
    with_body().filter(move |route| route.method != "DELETE" && !bare.iter().any(|end| route.path.ends_with(end)))
}

#[tokio::test]
async fn no_route_takes_what_is_not_one_json_value() {
    let office = Office::open().await;
    let before = contents(&office.app);
    let malformed: Vec<Vec<u8>> = [
        "{",
        "}",
        "{\"username\":\"anna\"",
        "{} {}",
        "{}x",
        "[1,]",
        "{\"a\":1,}",
        "{'a':1}",
        "{a:1}",
        "{\"a\":01}",
        "{\"a\":NaN}",
        "nul",
        "\"",
        "{\"a\":1,\"a\":1}",
        "{\"x\":{\"a\":1,\"a\":2}}",
        "[{\"a\":null,\"\\u0061\":null}]",
        "\u{feff}{}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\ud800\"}",
        "username=anna&password=x",
        "<a/>",
        "// {}",
        "\0",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into_iter()
    .chain([b"{\"a\":\"\xff\"}".to_vec(), b"{\"\xc0\xaf\":1}".to_vec(), b"\xff\xfe{\0}\0".to_vec(), b"{\"a\":\"\xed\xa0\x80\"}".to_vec()])
    .chain(["[".repeat(100_000), "{\"a\":".repeat(100_000), format!("{}1{}", "[".repeat(129), "]".repeat(129))].map(String::into_bytes))
    .collect();
    for route in with_body() {
        // A body larger than the route's limit is refused for its size.
        for body in malformed.iter().filter(|body| body.len() <= FEW || !keeps_little(&route)) {
            let reply = office.send(&route, body.clone(), "application/json").await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
            assert_eq!((reply.status, reply.code().as_str()), (StatusCode::BAD_REQUEST, "malformed_json"), "{shown} {reply:?}");
        }
    }
    for route in with_fields() {
        office.send(&route, "", "application/json").await.expect_problem(StatusCode::BAD_REQUEST, "malformed_json");
        office.send(&route, " \n", "application/json").await.expect_problem(StatusCode::BAD_REQUEST, "malformed_json");
    }
    assert_eq!(contents(&office.app), before);
}

#[tokio::test]
async fn no_route_takes_what_is_no_object_or_has_other_members() {
    let office = Office::open().await;
    let before = contents(&office.app);
    for route in with_body() {
        for root in ["[]", "null", "1", "\"x\"", "true", "1e999"] {
            // An optional body may be `null`.
            if root == "null" && route.path == "/api/imports/{id}/continue" {
                continue;
            }
            let reply = office.send(&route, root, "application/json").await;
            if root == "1e999" {
                assert!(matches!(reply.status.as_u16(), 400 | 422), "{reply:?}");
                continue;
            }
            let reply = reply.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").json();
            assert!(reply["errors"].as_array().unwrap().contains(&json!({"pointer": "", "code": "wrong_type"})), "{route:?} {reply}");
        }
        for member in ["surprise", "__proto__", "Username", "password ", "role"] {
            let reply = office.send(&route, json!({member: 1}).to_string(), "application/json").await;
            let reply = reply.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields").json();
            let code = match (member, route.method, route.path.as_str()) {
                ("role", "POST", "/api/accounts") | ("role", "PUT", "/api/organisation") => "wrong_type",
                ("role", "PUT", "/api/account") => "read_only",
                _ => "unknown_field",
            };
            let expected = json!({"pointer": format!("/{member}"), "code": code});
            assert!(reply["errors"].as_array().unwrap().contains(&expected), "{route:?} {reply}");
        }
    }
    assert_eq!(contents(&office.app), before);
}

#[tokio::test]
async fn text_is_text_on_every_route() {
    let office = Office::open().await;
    let before = contents(&office.app);
    let members =
        ["username", "password", "new_password", "current_password", "display_name", "language", "email", "code", "recovery_code"];
    for route in with_fields().filter(|route| !route.path.starts_with("/api/clients")) {
        for member in members {
            for value in [json!(null), json!(1), json!(["x"]), json!({"x": 1}), json!(true)] {
                let body = json!({member: value}).to_string();
                office.send(&route, body, "application/json").await.expect_problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields");
            }
        }
    }
    assert_eq!(contents(&office.app), before);
}

#[tokio::test]
async fn a_body_is_one_mebibyte_at_most() {
    let office = Office::open().await;
    let before = contents(&office.app);
    let padded = |length: usize| format!("{{}}{}", " ".repeat(length - 2));
    for route in with_body() {
        office.send(&route, padded(MIB + 1), "application/json").await.expect_problem(StatusCode::PAYLOAD_TOO_LARGE, "too_large");
        let path = route.path.replace("{id}", "3b241101-e2bb-4255-8caf-4136c566a962").replace("{part}", "0");
        for declared in ["1048577", "99999999999", "18446744073709551615"] {
            let request = office.who_may(&route).request(route.method.parse().unwrap(), &path);
            let reply = request.raw_body("{}", "application/json").header("content-length", declared).send().await;
            reply.expect_problem(StatusCode::PAYLOAD_TOO_LARGE, "too_large");
        }
    }
    let search = office.adviser.request(Method::POST, "/api/clients/search");
    search.raw_body(padded(MIB), "application/json").send().await.expect(StatusCode::OK);
    assert_eq!(contents(&office.app), before);
}

/// Without a full session only small bodies are buffered. Every such route of the table is covered automatically.
#[tokio::test]
async fn a_body_of_somebody_who_is_not_signed_in_is_sixteen_kibibytes_at_most() {
    let office = Office::open().await;
    let before = contents(&office.app);
    let padded = |length: usize| format!("[]{}", " ".repeat(length - 2));
    let mut seen = 0;
    for route in with_body().filter(keeps_little) {
        seen += 1;
        office.send(&route, padded(FEW + 1), "application/json").await.expect_problem(StatusCode::PAYLOAD_TOO_LARGE, "too_large");
        let taken = office.send(&route, padded(FEW), "application/json").await;
        assert_ne!(taken.status, StatusCode::PAYLOAD_TOO_LARGE, "{route:?}");
        let path = route.path.clone();
        let declared = office.who_may(&route).request(route.method.parse().unwrap(), &path);
        let reply = declared.raw_body("[]", "application/json").header("content-length", "16385").send().await;
        reply.expect_problem(StatusCode::PAYLOAD_TOO_LARGE, "too_large");
        // Excess size is detected before the whole body has arrived, and reported once it has.
        let held = office.who_may(&route).request(route.method.parse().unwrap(), &path);
        let held = held.raw_body(padded(MIB), "application/json").hold().await;
        assert!(!held.is_answered());
        held.finish().await.expect_problem(StatusCode::PAYLOAD_TOO_LARGE, "too_large");
    }
    assert!(seen >= 6, "{seen}");
    assert_eq!(contents(&office.app), before);
}

#[tokio::test]
async fn a_body_without_declared_length_is_counted_as_it_comes() {
    let app = TestApp::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = router(app.state().clone()).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    let answer = tokio::task::spawn_blocking(move || post_in_chunks(address)).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
}

/// Sends a little more than a mebibyte in chunks; returns the start of the response.
fn post_in_chunks(address: SocketAddr) -> [u8; 12] {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = "POST /api/login HTTP/1.1\r\nhost: finrust.test\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    for _ in 0..17 {
        stream.write_all(chunk.as_bytes()).unwrap();
    }
    stream.write_all(b"0\r\n\r\n").unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    answer
}

#[tokio::test]
async fn only_json_is_taken() {
    let office = Office::open().await;
    let before = contents(&office.app);
    let types = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/json; charset=utf-8; x=y",
        "application/jsonp",
        "application/problem+json",
        "text/json",
        "*/*",
        "json",
        " ",
        ";",
    ];
    for route in with_body() {
        for content_type in types {
            let reply = office.send(&route, "{}", content_type).await;
            assert_eq!(
                (reply.status, reply.code().as_str()),
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"),
                "{content_type} {reply:?}"
            );
        }
        office.send(&route, "{}", "").await.expect_problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type");
        let path = route.path.replace("{id}", "3b241101-e2bb-4255-8caf-4136c566a962").replace("{part}", "0");
        let twice = office.who_may(&route).request(route.method.parse().unwrap(), &path).raw_body("{}", "application/json");
        let reply = twice.header("content-type", "text/plain").send().await;
        reply.expect_problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type");
    }
    assert_eq!(contents(&office.app), before);
    for content_type in
        ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8", "application/json;charset=\"utf-8\""]
    {
        let search = office.adviser.request(Method::POST, "/api/clients/search");
        search.raw_body("{}", content_type).send().await.expect(StatusCode::OK);
    }
}
