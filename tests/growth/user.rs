//! An adviser with files, at a browser.

use super::{
    account::SignedIn,
    browser::{Answer, Asked, send},
};
use axum::Router;
use finrust::domain::ids::ClientId;
use serde_json::{Value, json};

const SESSION: &str = "__Host-finrust";
const DEVICE: &str = "__Host-finrust-device";
/// What an answer adds to what was sent.
const ADDED: [&str; 5] = ["id", "created_at", "updated_at", "overview", "warnings"];

/// The adviser, and the files that requests are about.
pub struct User {
    pub account: SignedIn,
    files: Vec<Opened>,
    turn: usize,
    router: Router,
}

/// A file as it was last read or saved.
struct Opened {
    path: String,
    etag: String,
    /// What a save sends.
    content: Value,
}

impl User {
    /// At an instance, having opened each of these files once: the first time is recorded in their trails, and is measured elsewhere.
    pub async fn at(router: &Router, account: SignedIn, ids: &[ClientId]) -> Self {
        let mut user = Self { account, files: Vec::new(), turn: 0, router: router.clone() };
        user.opens(ids).await;
        user
    }

    /// Turns to other files.
    pub async fn opens(&mut self, ids: &[ClientId]) {
        self.files.clear();
        for id in ids {
            let path = format!("/api/clients/{id}");
            let answer = self.ask("GET", &path, Value::Null).await;
            let (etag, mut content) = (answer.etag(), answer.json());
            content.as_object_mut().expect("a file is an object").retain(|name, _| !ADDED.contains(&name.as_str()));
            self.files.push(Opened { path, etag, content });
        }
    }

    /// The same adviser at another instance.
    pub fn moves_to(&mut self, router: &Router) {
        self.router = router.clone();
    }

    pub async fn ask(&self, method: &'static str, path: &str, body: Value) -> Answer {
        let json = if body.is_null() { String::new() } else { body.to_string() };
        send(&self.router, Asked { method, path, cookies: &self.account.cookie, if_match: None, json }).await
    }

    /// Signs in at a known browser that has no session. Returns the new session's cookie.
    pub async fn sign_in(&mut self) -> String {
        let json = json!({ "username": self.account.username, "password": self.account.password }).to_string();
        let cookies = format!("{DEVICE}={}", self.account.device);
        let asked = Asked { method: "POST", path: "/api/login", cookies: &cookies, if_match: None, json };
        let answer = send(&self.router, asked).await;
        if let Some(device) = answer.cookie(DEVICE) {
            self.account.device = device;
        }
        format!("{SESSION}={}", answer.cookie(SESSION).expect("a session"))
    }

    /// Ends a session: an account has a limited number of them.
    pub async fn sign_out(&self, cookies: &str) {
        send(&self.router, Asked { method: "POST", path: "/api/logout", cookies, if_match: None, json: String::new() }).await;
    }

    /// Opens the next file.
    pub async fn read(&mut self) {
        self.turn += 1;
        let path = &self.files[self.turn % self.files.len()].path;
        self.ask("GET", path, Value::Null).await;
    }

    /// Changes the next file: its notes, not whom it is about.
    pub async fn save(&mut self) {
        self.turn += 1;
        let count = self.files.len();
        let file = &mut self.files[self.turn % count];
        file.content["notes"] = json!(format!("versie {}", self.turn));
        let (cookies, if_match, json) = (self.account.cookie.as_str(), Some(file.etag.as_str()), file.content.to_string());
        let answer = send(&self.router, Asked { method: "PUT", path: &file.path, cookies, if_match, json }).await;
        file.etag = answer.etag();
    }

    /// Creates a file like the next one. Whether another file is about the same person has to be found out.
    pub async fn create(&mut self) {
        self.turn += 1;
        let mut content = self.files[self.turn % self.files.len()].content.clone();
        content["person"]["last_name"] = json!(format!("Nieuw {}", self.turn));
        self.ask("POST", "/api/clients", content).await;
    }

    /// A page of all files by name, or of those that a text finds.
    pub async fn search(&self, text: Option<&str>) {
        let mut body = json!({ "sort": "name", "limit": 50 });
        if let Some(text) = text {
            body["text"] = json!(text);
        }
        self.ask("POST", "/api/clients/search", body).await;
    }
}
