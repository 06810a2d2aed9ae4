//! Requests from other origins or in someone else's name are refused, and nothing changes.

use crate::{
    bad_input::{Office, with_body},
    samples::contents,
    support::{
        actor::Actor,
        app::{PUBLIC_URL, TestApp, TestOptions, address},
    },
};
use axum::http::{Method, StatusCode};
use data_encoding::BASE64URL_NOPAD;
use finrust::http::routes::table;
use rusqlite::Connection;
use serde_json::json;

const SESSION: &str = "__Host-finrust";
const UNKNOWN: &str = "3b241101-e2bb-4255-8caf-4136c566a962";

#[tokio::test]
async fn another_site_sends_nothing_that_changes_anything() {
    let office = Office::open().await;
    let before = contents(&office.app);
    let prefixed = format!("{PUBLIC_URL}.evil.example");
    let port = format!("{PUBLIC_URL}:8443");
    let origins = ["https://evil.example", "null", "", &prefixed, &port, "http://finrust.test", "https://FINRUST.test", "finrust.test"];
    let sites = ["cross-site", "same-site", "", "Same-Origin", "evil"];
    for route in with_body() {
        let path = route.path.replace("{id}", UNKNOWN);
        let actor = office.who_may(&route);
        let ask = || actor.request(route.method.parse().unwrap(), &path).json(json!({}));
        for origin in origins {
            ask().header("origin", origin).send().await.expect_problem(StatusCode::FORBIDDEN, "cross_origin");
        }
        for site in sites {
            ask().header("sec-fetch-site", site).send().await.expect_problem(StatusCode::FORBIDDEN, "cross_origin");
        }
        let both = ask().header("origin", PUBLIC_URL).header("origin", "https://evil.example").send().await;
        both.expect_problem(StatusCode::FORBIDDEN, "cross_origin");
        let disagreeing = ask().header("origin", PUBLIC_URL).header("sec-fetch-site", "cross-site").send().await;
        disagreeing.expect_problem(StatusCode::FORBIDDEN, "cross_origin");
    }
    assert_eq!(contents(&office.app), before);
    for (name, value) in [("origin", PUBLIC_URL), ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "none")] {
        let search = office.adviser.request(Method::POST, "/api/clients/search").json(json!({}));
        search.header(name, value).send().await.expect(StatusCode::OK);
    }
}

#[tokio::test]
async fn on_loopback_each_of_its_names_is_the_own_site_and_elsewhere_none() {
    let names = ["http://localhost:7071", "http://127.0.0.1:7071", "http://[::1]:7071"];
    let foreign = [
        "http://localhost",
        "http://localhost:7072",
        "http://localhost:70711",
        "https://localhost:7071",
        "http://LOCALHOST:7071",
        "http://localhost.:7071",
        "http://localhost.evil:7071",
        "http://evil.localhost:7071",
        "http://127.0.0.2:7071",
        "http://127.0.0.1.evil.example:7071",
        "http://[::ffff:127.0.0.1]:7071",
        "http://0.0.0.0:7071",
        "null",
    ];
    for public_url in [names[0], names[1], "https://finrust.azurewebsites.net"] {
        let app = TestApp::start_with(TestOptions { public_url: Some(public_url.to_owned()), ..TestOptions::default() }).await;
        let stranger = app.anonymous();
        let log_in = async |origin: &str| {
            let request = stranger.request(Method::POST, "/api/login").json(json!({"username": "anna", "password": "x"}));
            request.header("origin", origin).send().await.status
        };
        for origin in names {
            let is_own = public_url.starts_with("http:");
            assert_eq!(log_in(origin).await == StatusCode::FORBIDDEN, !is_own, "{origin} at {public_url}");
        }
        assert_ne!(log_in(public_url).await, StatusCode::FORBIDDEN);
        for origin in foreign {
            assert_eq!(log_in(origin).await, StatusCode::FORBIDDEN, "{origin} at {public_url}");
        }
    }
}

#[tokio::test]
async fn no_answer_invites_another_site() {
    let office = Office::open().await;
    for method in [Method::GET, Method::OPTIONS] {
        let ask = office.adviser.request(method, "/api/session").header("origin", "https://evil.example");
        let reply = ask.header("access-control-request-method", "PUT").send().await;
        assert!(!reply.headers.keys().any(|name| name.as_str().starts_with("access-control-")), "{reply:?}");
    }
}

#[tokio::test]
async fn only_https_is_served() {
    let office = Office::open().await;
    let before = contents(&office.app);
    for route in table().iter().filter(|route| route.access != "Job") {
        let path = route.path.replace("{id}", UNKNOWN);
        for proto in ["http", "HTTPS", "", "https,http", "ws"] {
            let request = office.who_may(route).request(route.method.parse().unwrap(), &path);
            let reply = request.json(json!({})).header("x-forwarded-proto", proto).send().await;
            reply.expect_problem(StatusCode::FORBIDDEN, "https_required");
        }
        let request = office.who_may(route).request(route.method.parse().unwrap(), &path);
        let reply = request.header("x-forwarded-proto", "https").header("x-forwarded-proto", "http").send().await;
        reply.expect_problem(StatusCode::FORBIDDEN, "https_required");
    }
    assert_eq!(contents(&office.app), before);
}

async fn signed_in_with(actor: &Actor, cookies: &str) -> StatusCode {
    let request = actor.request(Method::GET, "/api/session").without_cookies().header("cookie", cookies);
    request.send().await.status
}

#[tokio::test]
async fn a_session_cookie_is_whole_single_and_its_own() {
    let app = TestApp::start().await;
    let (anna, bert) = (app.adviser("anna").await, app.adviser("bert").await);
    let (mine, theirs) = (anna.cookie(SESSION).unwrap(), bert.cookie(SESSION).unwrap());
    let before = contents(&app);
    let parts = |cookie: &str| BASE64URL_NOPAD.decode(cookie.as_bytes()).unwrap();
    let mixed = BASE64URL_NOPAD.encode(&[&parts(&theirs)[..32], &parts(&mine)[32..]].concat());
    let mut bad =
        vec![String::new(), mine[..85].to_owned(), mine[1..].to_owned(), format!("{mine}A"), format!("{mine}="), mixed, "A".repeat(86)];
    bad.extend([format!("\"{mine}\""), mine.to_lowercase(), mine.replace('A', "%41"), "x".repeat(60_000)]);
    bad.retain(|cookie| *cookie != mine);
    for place in 0..mine.len() {
        let other = if &mine[place..=place] == "A" { "B" } else { "A" };
        bad.push(format!("{}{other}{}", &mine[..place], &mine[place + 1..]));
    }
    for cookie in bad {
        assert_eq!(signed_in_with(&anna, &format!("{SESSION}={cookie}")).await, StatusCode::UNAUTHORIZED, "{cookie:.100}");
    }
    for cookies in [
        format!("{SESSION}={mine}; {SESSION}={mine}"),
        format!("{SESSION}={mine}; {SESSION}={theirs}"),
        format!("{SESSION}={mine}; {SESSION}="),
        format!("finrust={mine}"),
        format!("__host-finrust={mine}"),
        format!("__Host-finrust-device={mine}"),
        mine.clone(),
    ] {
        assert_eq!(signed_in_with(&anna, &cookies).await, StatusCode::UNAUTHORIZED, "{cookies:.100}");
    }
    let lines = anna.request(Method::GET, "/api/session").header("cookie", &format!("{SESSION}={mine}"));
    let lines = lines.header("cookie", &format!("{SESSION}={theirs}")).send().await;
    lines.expect_problem(StatusCode::UNAUTHORIZED, "not_signed_in");
    assert_eq!(contents(&app), before);
    // Other cookies of the same host are ignored, whatever they contain.
    for foreign in ["a=b", "naam=Zoë", "ë", "plaats=\"Ameland ☀\"", "=;;"] {
        for cookies in [format!("{foreign}; {SESSION}={mine}"), format!("{SESSION}={mine}; {foreign}")] {
            assert_eq!(signed_in_with(&anna, &cookies).await, StatusCode::OK, "{cookies:.100}");
        }
    }
}

#[tokio::test]
async fn a_cookie_of_an_ended_session_opens_nothing() {
    let app = TestApp::start().await;
    let anna = app.adviser("anna").await;
    let old = anna.cookie(SESSION).unwrap();
    anna.post("/api/logout", None).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(signed_in_with(&anna, &format!("{SESSION}={old}")).await, StatusCode::UNAUTHORIZED);
    anna.sign_in().await;
    assert_eq!(signed_in_with(&anna, &format!("{SESSION}={old}")).await, StatusCode::UNAUTHORIZED);
    for forged in ["", "x", &"A".repeat(43)] {
        let login = anna.request(Method::POST, "/api/login").header("cookie", &format!("__Host-finrust-device={forged}"));
        login.json(json!({"username": "anna", "password": anna.password})).send().await.expect(StatusCode::OK);
    }
}

#[tokio::test]
async fn a_browser_may_call_itself_anything() {
    let app = TestApp::start().await;
    let mut anna = app.adviser("anna").await;
    app.clock.advance(jiff::SignedDuration::from_secs(1));
    anna.user_agent = format!("{}<script>", "x".repeat(300));
    anna.sign_in().await;
    let attempts = anna.get("/api/login-attempts").await.expect(StatusCode::OK).json();
    assert_eq!(attempts["items"][0]["user_agent"], "x".repeat(256));
}

#[tokio::test]
async fn garbage_on_the_queue_is_put_aside_and_the_others_are_done() {
    let app = TestApp::start().await;
    app.adviser("anna").await;
    app.clear_mails();
    let reset = async || app.anonymous().post("/api/password-reset", json!({"username": "anna"})).await.expect(StatusCode::ACCEPTED);
    reset().await;
    let queue = Connection::open(app.data_dir().join("queue.db")).unwrap();
    let sealed: String = queue.query_row("SELECT text FROM messages", (), |row| row.get(0)).unwrap();
    let flipped = format!("{}{}", &sealed[..sealed.len() - 9], "AAAAAAAAA");
    let garbage = ["", "garbage", "{}", "\"x\"", "AAAA", "é", &sealed[..sealed.len() / 2], &flipped, "' OR 1=1"];
    for text in garbage {
        queue.execute("INSERT INTO messages (text, visible_at) VALUES (?1, 0)", [text]).unwrap();
    }
    assert!(app.run_jobs().await > garbage.len());
    assert_eq!(app.mails().len(), 1, "{:#?}", app.mails());
    app.last_mail_to(&address("anna")).one_time_password();
    let left: i64 = queue.query_row("SELECT count(*) FROM messages", (), |row| row.get(0)).unwrap();
    assert_eq!((left, app.run_jobs().await), (0, 0), "garbage does not come back");
    queue.execute("INSERT INTO messages (text, visible_at) VALUES (?1, 0)", [&sealed]).unwrap();
    app.run_jobs().await;
}
