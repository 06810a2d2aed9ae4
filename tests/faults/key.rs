//! A key file that belongs to another database, put in place while the program serves.

use super::program::{Server, USERNAME, connect, head, invite, refused, run, text, with_data};
use std::{
    fs,
    io::{Read, Write},
    path::Path,
};

const KEY: &str = "key-encryption-key";
pub const CLIENT: &str = r#"{"person":{"last_name":"Dijk"}}"#;
const PASSWORD: &str = "zeven paarse olifanten dansen";

/// Posts with cookies, and keeps those that come back.
pub fn post(server: &Server, cookies: &mut Vec<(String, String)>, path: &str, body: &str) -> u16 {
    let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let more = format!(
        "Connection: close\r\nCookie: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
        pairs.join("; "),
        body.len()
    );
    let mut stream = connect(server.port).expect("a connection");
    stream.write_all(format!("{}\r\n{body}", head("POST", path, &more)).as_bytes()).expect("a request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let answer = text(&answer);
    for line in answer.lines().filter_map(|line| line.strip_prefix("set-cookie: ")) {
        let (name, value) = line.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
        cookies.retain(|(known, _)| known != name);
        cookies.push((name.to_owned(), value.to_owned()));
    }
    answer[9..12].parse().expect("a status")
}

/// Signs a new adviser in.
pub fn signed_in(server: &Server, data: &Path, username: &str) -> Vec<(String, String)> {
    let said = text(&invite(data, username).stdout);
    let one_time = said.lines().find_map(|line| line.strip_prefix("One-time password, valid 7 days: ")).expect("a one-time password");
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
        // The first file of an adviser asks for a key of its own.
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
