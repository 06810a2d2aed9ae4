//! A user with a browser, in front of the host.

use super::{
    FINRUST,
    functions_host::{FunctionsHost, PUBLIC_URL},
    wire::{Answer, Request},
};
use data_encoding::BASE32_NOPAD;
use finrust::domain::stored::TotpSeed;
use jiff::Timestamp;
use serde_json::json;
use std::{collections::BTreeMap, path::Path};
use test_support::{people::PASSWORD, program::Invited};

/// A browser that keeps cookies.
#[derive(Clone)]
pub struct Person<'a> {
    host: &'a FunctionsHost,
    cookies: BTreeMap<String, String>,
    /// A recovery code of an officer.
    pub recovery_code: String,
}

impl<'a> Person<'a> {
    pub const fn at(host: &'a FunctionsHost) -> Self {
        Self { host, cookies: BTreeMap::new(), recovery_code: String::new() }
    }

    /// An adviser who signs in with a one-time password and chooses a password.
    pub fn signed_in(host: &'a FunctionsHost, username: &str, one_time: &str) -> Self {
        let mut person = Self::at(host);
        person.send(Request::new("POST", "/api/login").json(&json!({"username": username, "password": one_time}))).expect(200);
        person.send(Request::new("POST", "/api/login/new-password").json(&json!({"new_password": PASSWORD}))).expect(200);
        person
    }

    /// An officer who signs in with a one-time password, chooses a password and enrols a second factor.
    pub fn in_office(host: &'a FunctionsHost, username: &str, one_time: &str) -> Self {
        let mut officer = Self::signed_in(host, username, one_time);
        let begun = officer.send(Request::new("POST", "/api/two-factor").json(&json!({"password": PASSWORD}))).expect(201).json();
        let secret = BASE32_NOPAD.decode(begun["secret"].as_str().expect("a secret").as_bytes()).expect("base 32");
        let code = TotpSeed::new(secret.try_into().expect("a seed")).code_at(Timestamp::now());
        let enrolled = officer.send(Request::new("POST", "/api/two-factor/confirm").json(&json!({"code": code}))).expect(200).json();
        enrolled["recovery_codes"][0].as_str().expect("a recovery code").clone_into(&mut officer.recovery_code);
        officer
    }

    /// A request with the headers and cookies of a page of the site.
    pub fn dressed(&self, request: Request) -> Request {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.header("Host", "dossier.example.nl").header("Origin", PUBLIC_URL).header("Cookie", &pairs.join("; "))
    }

    /// Sends a request as a page of the site does.
    pub fn send(&mut self, request: Request) -> Answer {
        let answer = self.host.public(&self.dressed(request));
        self.keep(&answer);
        answer
    }

    /// Keeps the cookies of a response.
    pub fn keep(&mut self, answer: &Answer) {
        let pairs = answer.all("set-cookie").filter_map(|cookie| cookie.split(';').next()?.split_once('='));
        self.cookies.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    /// Sends the same request twice with the current cookies, as a client that saw no response to the first.
    pub fn send_twice(&mut self, request: &Request) -> [Answer; 2] {
        let cookies = self.cookies.clone();
        let first = self.send(request.clone());
        let renewed = std::mem::replace(&mut self.cookies, cookies);
        let second = self.send(request.clone());
        let told_anew = second.all("set-cookie").next().is_some();
        if !told_anew {
            self.cookies = renewed;
        }
        [first, second]
    }

    /// Requests a password reset.
    pub fn forgets_password(&mut self, username: &str) {
        self.send(Request::new("POST", "/api/password-reset").json(&json!({"username": username}))).expect(202);
    }
}

/// Invites an adviser on the command line; returns the one-time password.
pub fn invite(data: &Path, username: &str) -> String {
    invite_as(data, "adviser", username)
}

/// Invites a user on the command line; returns the one-time password.
pub fn invite_as(data: &Path, role: &str, username: &str) -> String {
    let email = format!("{username}@example.nl");
    FINRUST.invite(data, Invited { role, username, email: &email, name: "Anna Dijk" })
}
