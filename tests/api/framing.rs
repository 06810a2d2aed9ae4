//! Where a message ends. Two readers of one connection must not disagree about it, so what could be read in two ways is refused or ends the
//! connection (RFC 9112, 6.3).

use crate::support::app::TestApp;
use finrust::http::routes::router;
use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};
use tokio::net::TcpListener;

const START: &str = "POST /api/login HTTP/1.1\r\nhost: finrust.test\r\ncontent-type: application/json\r\n";
/// A request that hides behind the one in front of it.
const HIDDEN: &str = "GET /.well-known/security.txt HTTP/1.1\r\nhost: finrust.test\r\nconnection: close\r\n\r\n";

/// What comes back for bytes on a connection of their own, until it is closed.
async fn answers(app: &TestApp, sent: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = router(app.state().clone()).into_make_service_with_connect_info::<SocketAddr>();
    let serving = tokio::spawn(async move { axum::serve(listener, service).await });
    let all = tokio::task::spawn_blocking(move || exchange(address, &sent)).await.unwrap();
    serving.abort();
    all
}

fn exchange(address: SocketAddr, sent: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(sent.as_bytes()).unwrap();
    let (mut all, mut some) = (Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut some) {
            Ok(0) => break,
            Ok(count) => all.extend_from_slice(&some[..count]),
            // Closed with bytes that nobody had read.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
            Err(error) => panic!("{sent:?} leaves the connection open: {error}"),
        }
    }
    String::from_utf8(all).unwrap()
}

fn count(answers: &str) -> usize {
    answers.matches("HTTP/1.1 ").count()
}

#[tokio::test]
async fn two_requests_that_are_plain_get_two_answers() {
    let app = TestApp::start().await;
    for body in ["content-length: 2\r\n\r\n{}", "transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"] {
        let all = answers(&app, format!("{START}{body}{HIDDEN}")).await;
        assert!(count(&all) == 2 && all.contains("Contact: mailto:"), "{body:?}: {all}");
    }
}

#[tokio::test]
async fn a_head_that_can_be_read_in_two_ways_is_refused() {
    let app = TestApp::start().await;
    for head in [
        "content-length: 2\r\ncontent-length: 3",
        "content-length: 2, 3",
        "content-length: +2",
        "content-length: -2",
        "content-length: 0x2",
        "content-length: 99999999999999999999",
        "transfer-encoding: identity",
        "transfer-encoding: chunked, identity",
        "transfer-encoding: xchunked",
        "transfer-encoding : chunked",
        "x: a\r\n transfer-encoding: chunked",
        "x: a\rb",
        "x: a\0b",
        "x\0: a",
        "x y: a",
        ": a",
    ] {
        let all = answers(&app, format!("{START}{head}\r\n\r\n{{}}{HIDDEN}")).await;
        assert!(all.starts_with("HTTP/1.1 400 ") && count(&all) == 1, "{head:?}: {all}");
    }
    let old = START.replace("HTTP/1.1", "HTTP/1.0");
    let all = answers(&app, format!("{old}transfer-encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}")).await;
    assert!(all.contains(" 400 ") && !all.contains("mailto:"), "{all}");
}

#[tokio::test]
async fn nothing_behind_a_body_with_two_lengths_or_a_broken_chunk_is_a_request() {
    let app = TestApp::start().await;
    for body in [
        "content-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 6\r\n\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n2 2\r\n{}\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
    ] {
        let all = answers(&app, format!("{START}{body}{HIDDEN}")).await;
        assert!(count(&all) <= 1 && !all.contains("mailto:"), "{body:?}: {all}");
    }
}
