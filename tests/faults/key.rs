//! The key file of another database is put in place while the program serves.

use super::program::{Server, USERNAME, connect, head, invite, refused, run, text, with_data};
use std::{
    fs,
    io::{self, Read, Write},
    path::Path,
};

const KEY: &str = "key-encryption-key";
pub const CLIENT: &str = r#"{"person":{"last_name":"Dijk"}}"#;
/// Names and values.
pub type Cookies = Vec<(String, String)>;

pub const PASSWORD: &str = "zeven paarse olifanten dansen";

/// Posts with cookies, and keeps those that come back.
pub fn post(server: &Server, cookies: &mut Cookies, path: &str, body: &str) -> u16 {
    send(server, cookies, "POST", path, body).0
}

/// The same for any method; also returns the body.
pub fn send(server: &Server, cookies: &mut Cookies, method: &str, path: &str, body: &str) -> (u16, String) {
    try_send(server, cookies, method, path, body).expect("an answer")
}

/// The same where there may be no response.
pub fn try_send(server: &Server, cookies: &mut Cookies, method: &str, path: &str, body: &str) -> io::Result<(u16, String)> {
    let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let more = format!(
        "Connection: close\r\nCookie: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
        pairs.join("; "),
        body.len()
    );
    let mut stream = connect(server.port)?;
    stream.write_all(format!("{}\r\n{body}", head(method, path, &more)).as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = text(&answer);
    for line in answer.lines().filter_map(|line| line.strip_prefix("set-cookie: ")) {
        let (name, value) = line.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
        cookies.retain(|(known, _)| known != name);
        cookies.push((name.to_owned(), value.to_owned()));
    }
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok((head[9..12].parse().expect("a status"), body.to_owned()))
}

/// Creates a client file, and returns its id once that is acknowledged.
pub fn save(server: &Server, cookies: &mut Cookies) -> Option<String> {
    let (status, body) = send(server, cookies, "POST", "/api/clients", CLIENT);
    assert!(matches!(status, 201 | 503), "{status}: {body}");
    let made: Option<serde_json::Value> = serde_json::from_str(&body).ok().filter(|_| status == 201);
    made.and_then(|file| Some(file["id"].as_str()?.to_owned()))
}

/// The files that are missing, as their adviser sees it.
pub fn lost(server: &Server, cookies: &mut Cookies, files: &[String]) -> Vec<String> {
    let mut is_lost = |id: &&String| send(server, cookies, "GET", &format!("/api/clients/{id}"), "").0 != 200;
    files.iter().filter(&mut is_lost).cloned().collect()
}

/// Signs in a new adviser.
pub fn signed_in(server: &Server, data: &Path, username: &str) -> Cookies {
    sign_in(server, username, &invited(data, username))
}

/// The one-time password of a new adviser.
pub fn invited(data: &Path, username: &str) -> String {
    let said = text(&invite(data, username).stdout);
    let one_time = said.lines().find_map(|line| line.strip_prefix("One-time password, valid 7 days: "));
    one_time.expect("a one-time password").to_owned()
}

/// Signs in for the first time.
pub fn sign_in(server: &Server, username: &str, one_time: &str) -> Cookies {
    let mut cookies = Vec::new();
    let login = format!(r#"{{"username":"{username}","password":"{one_time}"}}"#);
    assert_eq!(post(server, &mut cookies, "/api/login", &login), 200);
    let chosen = format!(r#"{{"new_password":"{PASSWORD}"}}"#);
    assert_eq!(post(server, &mut cookies, "/api/login/new-password", &chosen), 200);
    cookies
}

#[test]
fn a_foreign_key_wraps_nothing_and_the_right_one_heals_it() {
    let ((_parent, data), (_other_parent, other)) = (with_data(), with_data());
    let server = Server::start(&data);
    let mut cookies = signed_in(&server, &data, "bram.bos");
    let right = fs::read(data.join(KEY)).expect("the key");
    for foreign in [fs::read(other.join(KEY)).expect("a key"), Vec::new(), b"no key at all\n".to_vec()] {
        fs::write(data.join(KEY), foreign).expect("the key file");
        // The first file of an adviser needs a data key of its own.
        assert_eq!(post(&server, &mut cookies, "/api/clients", CLIENT), 503, "nothing is acknowledged");
    }
    assert!(server.wait_for("key_of_another_database").contains("ERROR key_of_another_database"));
    fs::write(data.join(KEY), right).expect("the key file");
    assert_eq!(post(&server, &mut cookies, "/api/clients", CLIENT), 201);
    drop(server);
    assert_eq!(run(&data, &["verify"]).status.code(), Some(0));
}

#[test]
fn a_foreign_key_is_not_rotated_or_wrapped_under_by_commands() {
    let ((_parent, data), (_other_parent, other)) = (with_data(), with_data());
    fs::copy(other.join(KEY), data.join(KEY)).expect("a key file");
    for arguments in [&["rewrap"][..], &["rewrap", "--rotate"], &["rotate-key", "--scope", "service"]] {
        let line = refused(super::program::finrust(&data).args(arguments), 1);
        assert!(line.contains("another key"), "{line}");
    }
    assert_eq!(fs::read(data.join(KEY)).expect("a key"), fs::read(other.join(KEY)).expect("a key"), "{USERNAME}");
}
