//! Golden data: what earlier versions of the program have written opens, is shown as it was, and stays usable.
//!
//! `tests/golden/<version>/` and `tests/side_by_side/golden/<version>/` were written by that version (`golden_make`) and are never
//! regenerated. To check whether an earlier version reads what this one writes, let this one make data and point that version's test at it:
//!
//! ```text
//! FINRUST_GOLDEN=<directory> cargo test --test api golden
//! ```

use crate::{
    clients::etag,
    golden_checks::{missing, paths_of, whole},
    rows::Rows,
    samples::named,
    support::{
        actor::Actor,
        app::{Store, TestApp},
    },
};
use axum::http::{Method, StatusCode};
use data_encoding::BASE32_NOPAD;
use finrust::domain::{accounts::account::AccountKind, ids::ScopeId, stored::TotpSeed};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use test_support::doubles::cosmos::Emulator;

/// The description of a directory with golden data.
#[derive(Serialize, Deserialize)]
pub struct Golden {
    /// When it was written.
    pub now: String,
    /// Accounts that can sign in.
    pub accounts: Vec<Account>,
    /// What the API returned to them.
    pub seen: Vec<Visit>,
}

#[derive(Serialize, Deserialize)]
pub struct Account {
    pub username: String,
    pub password: String,
    /// The seed of the second factor, in base 32.
    pub totp: Option<String>,
    /// The recovery codes that are left.
    pub recovery_codes: Vec<String>,
    /// The cookies of a signed-in browser.
    pub cookies: BTreeMap<String, String>,
}

/// What one account was shown, by path.
#[derive(Serialize, Deserialize)]
pub struct Visit {
    username: String,
    answers: Vec<Shown>,
}

#[derive(Serialize, Deserialize)]
struct Shown {
    path: String,
    status: u16,
    body: Value,
}

impl Visit {
    /// Reads everything that the signed-in user can read.
    pub async fn by(actor: &Actor) -> Self {
        let mut answers = Vec::new();
        for path in paths_of(actor).await {
            let (status, body) = whole(actor, &path).await;
            answers.push(Shown { path, status, body });
        }
        Self { username: actor.username.clone(), answers }
    }

    /// What the user is no longer shown.
    async fn misses(&self, actor: &Actor) -> Vec<String> {
        let mut misses = Vec::new();
        for Shown { path, status, body } in &self.answers {
            let (now, answer) = whole(actor, path).await;
            if now == *status {
                let mut expected = body.clone();
                // The title of a problem is a sentence for people, which may be put better; programs go by its code.
                if let Some(problem) = expected.as_object_mut().filter(|_| *status >= 400) {
                    problem.remove("title");
                }
                misses.extend(missing(&expected, &answer, path));
            } else {
                misses.push(format!("{path}: {status} is {now} {answer}"));
            }
        }
        misses
    }
}

/// A copy of golden data, and the service on it.
pub struct Opened {
    pub app: TestApp,
    /// Whether responses may contain what the contract does not name.
    pub beyond_contract: bool,
    golden: Golden,
}

impl Opened {
    /// The service, running `later` than the data was written.
    pub async fn at(folder: &Path, later: SignedDuration) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let copy = directory.path().join(entry.file_name());
            fs::copy(entry.path(), &copy).unwrap();
            fs::set_permissions(copy, Permissions::from_mode(0o600)).unwrap();
        }
        let golden: Golden = serde_json::from_slice(&fs::read(folder.join("golden.json")).unwrap()).unwrap();
        let now = golden.now.parse::<Timestamp>().unwrap() + later;
        let store = match fs::read(folder.join("rows.json")) {
            Ok(rows) => Store::Cosmos(filled(&serde_json::from_slice(&rows).unwrap())),
            Err(_) => Store::Sqlite,
        };
        Self { app: TestApp::over(directory, store, now).await, beyond_contract: false, golden }
    }

    fn actor(&self, account: &Account) -> Actor {
        let mut actor = self.app.anonymous();
        actor.beyond_contract = self.beyond_contract;
        actor.username.clone_from(&account.username);
        actor.password.clone_from(&account.password);
        actor.recovery_codes.clone_from(&account.recovery_codes);
        let bytes = |seed: &String| BASE32_NOPAD.decode(seed.as_bytes()).unwrap().try_into().unwrap();
        actor.totp = account.totp.as_ref().map(|seed| TotpSeed::new(bytes(seed)));
        actor
    }

    /// Every account, each in a new browser.
    pub async fn all(&self) -> Vec<Actor> {
        let mut actors = Vec::new();
        for account in &self.golden.accounts {
            let actor = self.actor(account);
            actor.sign_in().await;
            actors.push(actor);
        }
        actors
    }

    pub fn named<'a>(actors: &'a [Actor], username: &str) -> &'a Actor {
        actors.iter().find(|actor| actor.username == username).unwrap()
    }

    /// Everything that every account is shown, as one text.
    pub async fn shown(&self, actors: &[Actor]) -> String {
        let mut shown = String::new();
        for (visit, actor) in self.golden.seen.iter().zip(actors) {
            for then in &visit.answers {
                let (status, body) = whole(actor, &then.path).await;
                assert_eq!(status, then.status, "{}: {body}", then.path);
                shown += &body.to_string();
            }
        }
        shown
    }

    pub async fn nothing_is_lost(&self, actors: &[Actor]) {
        for (visit, actor) in self.golden.seen.iter().zip(actors) {
            let misses = visit.misses(actor).await;
            assert!(misses.is_empty(), "{}: {misses:#?}", visit.username);
        }
    }
}

/// Every directory with golden data in `tests/golden`, or the one given in the environment.
pub fn folders() -> Vec<PathBuf> {
    folders_of(&["tests/golden"])
}

/// Likewise, plus what each release has kept for the next one.
fn all_folders() -> Vec<PathBuf> {
    folders_of(&["tests/golden", "tests/side_by_side/golden"])
}

#[expect(clippy::disallowed_methods, reason = "which data is looked at is for whoever asks to say")]
fn folders_of(places: &[&str]) -> Vec<PathBuf> {
    let inside =
        |path: &Path| fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect::<Vec<_>>();
    let own = |place: &&str| inside(&Path::new(env!("CARGO_MANIFEST_DIR")).join(place));
    let versions = match std::env::var("FINRUST_GOLDEN") {
        Ok(one) => vec![PathBuf::from(one)],
        Err(_) => places.iter().flat_map(own).collect(),
    };
    let folders: Vec<_> = versions.iter().flat_map(|version| inside(version)).collect();
    assert!(folders.len() >= 2 * places.len().min(versions.len()), "{folders:?}");
    folders
}

/// An emulator filled with these rows.
fn filled(rows: &BTreeMap<String, Vec<Value>>) -> std::sync::Arc<Emulator> {
    let emulator = Emulator::new();
    let database = Rows::of(&emulator);
    for (container, rows) in rows {
        for row in rows {
            let own = row.as_object().unwrap().iter().filter(|(name, _)| !name.starts_with('_'));
            database.put(container, &Value::Object(own.map(|(name, value)| (name.clone(), value.clone())).collect()));
        }
    }
    emulator
}

/// The scope of an adviser's files.
pub async fn scope_of(app: &TestApp, username: &str) -> ScopeId {
    let identities = &app.state().services.identities;
    let found = identities.find(identities.index(username).await.unwrap()).await.unwrap();
    match found.account().unwrap().kind {
        AccountKind::Adviser { scope } => scope,
        _ => panic!("{username} is no adviser"),
    }
}

#[tokio::test]
async fn it_opens_and_everybody_finds_everything() {
    for folder in all_folders() {
        let opened = Opened::at(&folder, SignedDuration::from_mins(1)).await;
        opened.app.verify().await;
        for account in &opened.golden.accounts {
            let browser = opened.actor(account);
            account.cookies.iter().for_each(|(name, value)| browser.set_cookie(name, value));
            assert!(browser.is_signed_in().await, "the session of {} goes on", account.username);
        }
        let actors = opened.all().await;
        opened.nothing_is_lost(&actors).await;
        opened.app.maintain().await;
        opened.app.run_jobs().await;
        opened.app.verify().await;
    }
}

#[tokio::test]
async fn it_is_changed_and_saved_and_is_sound_afterwards() {
    for folder in all_folders() {
        let opened = Opened::at(&folder, SignedDuration::from_mins(1)).await;
        let actors = opened.all().await;
        let (olga, bert) = (Opened::named(&actors, "olga"), Opened::named(&actors, "bert"));
        for actor in &actors {
            name_is_kept(actor).await;
        }
        files_are_saved(bert).await;
        steps_are_taken(&opened.app, olga, Opened::named(&actors, "otto"), bert).await;
        opened.app.run_jobs().await;
        opened.app.maintain().await;
        opened.app.run_jobs().await;
        opened.app.verify().await;
        let cees = opened.actor(opened.golden.accounts.iter().find(|account| account.username == "cees").unwrap());
        cees.log_in().await.expect(StatusCode::OK);
        let code = json!({"recovery_code": cees.recovery_codes[0]});
        cees.post("/api/login/two-factor", code).await.expect(StatusCode::OK);
        let names = cees.post("/api/clients/search", json!({})).await.expect(StatusCode::OK).json();
        assert_eq!(names["items"][0]["name"], "Van Fenna", "the hand-over that waited was approved");
        opened.app.verify().await;
    }
}

#[tokio::test]
async fn years_later_what_had_its_time_is_gone_and_nothing_else() {
    for folder in all_folders() {
        let opened = Opened::at(&folder, SignedDuration::from_hours(24 * 365 * 3)).await;
        opened.app.verify().await;
        opened.app.run_jobs().await;
        opened.app.maintain().await;
        let actors = opened.all().await;
        for (visit, actor) in opened.golden.seen.iter().zip(&actors) {
            let lasting = |shown: &&Shown| {
                !["/api/login-attempts", "/api/imports", "/api/retention/", "/api/accounts"]
                    .iter()
                    .any(|start| shown.path.starts_with(start))
            };
            for shown in visit.answers.iter().filter(lasting) {
                assert_eq!(actor.get(&shown.path).await.status.as_u16(), shown.status, "{}", shown.path);
            }
        }
        opened.app.verify().await;
    }
}

/// The user's own name is accepted as it was read, whatever it contains; a different one of the same kind is validated.
async fn name_is_kept(actor: &Actor) {
    let account = actor.get("/api/account").await.expect(StatusCode::OK).json();
    let save = async |name: Value| actor.put("/api/account", json!({"display_name": name, "language": account["language"]})).await;
    save(account["display_name"].clone()).await.expect(StatusCode::NO_CONTENT);
    save(format!("{}\u{200b}", account["display_name"].as_str().unwrap()).into()).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
}

/// Saves each file as it was read, and then with another name.
pub async fn files_are_saved(bert: &Actor) {
    let found = bert.post("/api/clients/search", json!({"limit": 200})).await.expect(StatusCode::OK).json();
    for item in found["items"].as_array().unwrap().iter().filter(|item| item["restricted"] != true) {
        let path = format!("/api/clients/{}", item["id"].as_str().unwrap());
        let read = bert.get(&path).await.expect(StatusCode::OK);
        let mut file = crate::samples::without_additions(&read.json());
        let save = async |file: &Value, tag: &str| bert.request(Method::PUT, &path).header("if-match", tag).json(file.clone()).send().await;
        let same = save(&file, &etag(&read)).await.expect(StatusCode::OK);
        assert_eq!(crate::samples::without_additions(&same.json()), file);
        file["notes"] = "Gewijzigd door een latere versie".into();
        let saved = save(&file, &etag(&same)).await.expect(StatusCode::OK);
        assert_eq!(crate::samples::without_additions(&saved.json()), file);
    }
    bert.post("/api/clients", named("Van later")).await.expect(StatusCode::CREATED);
}

/// Continues what was in progress: a request, a breach, a register entry, an import, a hand-over.
pub async fn steps_are_taken(app: &TestApp, olga: &Actor, otto: &Actor, bert: &Actor) {
    for (actor, list, step) in [
        (bert, "/api/requests", json!({"step": "note", "text": "Later"})),
        (olga, "/api/breaches", json!({"step": "annotated", "note": "Later"})),
    ] {
        for item in actor.get(list).await.expect(StatusCode::OK).json()["items"].as_array().unwrap() {
            let path = format!("{list}/{}", item["id"].as_str().unwrap());
            let tag = etag(&actor.get(&path).await.expect(StatusCode::OK));
            let ask = actor.request(Method::POST, &format!("{path}/steps")).header("if-match", &tag);
            ask.json(step.clone()).send().await.expect(StatusCode::OK);
        }
    }
    for item in olga.get("/api/processors").await.expect(StatusCode::OK).json()["items"].as_array().unwrap() {
        let path = format!("/api/processors/{}", item["id"].as_str().unwrap());
        let read = olga.get(&path).await.expect(StatusCode::OK);
        let status = if item["stage"] == "ended" { StatusCode::CONFLICT } else { StatusCode::OK };
        let ask = olga.request(Method::PUT, &path).header("if-match", &etag(&read));
        let mut entry = read.json()["entry"].clone();
        ask.json(entry.clone()).send().await.expect(StatusCode::OK);
        entry["service"] = "Gewijzigd door een latere versie".into();
        let ask = olga.request(Method::PUT, &path).header("if-match", &etag(&read));
        ask.json(entry).send().await.expect(status);
    }
    for import in bert.get("/api/imports").await.expect(StatusCode::OK).json()["items"].as_array().unwrap() {
        let path = format!("/api/imports/{}/continue", import["id"].as_str().unwrap());
        bert.post(&path, json!({})).await;
    }
    a_hand_over_is_approved(app, olga, otto).await;
}

async fn a_hand_over_is_approved(app: &TestApp, olga: &Actor, otto: &Actor) {
    let hand_overs = olga.get("/api/hand-overs").await.expect(StatusCode::OK).json();
    let proposed = hand_overs["items"].as_array().unwrap().iter().find(|item| item["state"] == "proposed").unwrap();
    let path = |id: &Value| format!("/api/hand-overs/{}", id.as_str().unwrap());
    let approved = otto.post(&format!("{}/approve", path(&proposed["id"])), None).await;
    if approved.status == StatusCode::OK {
        return;
    }
    // It is unknown who created whom: any officer of that time may have, until the operator creates a new one.
    approved.expect_problem(StatusCode::FORBIDDEN, "related_successor");
    olga.post(&format!("{}/withdraw", path(&proposed["id"])), None).await.expect(StatusCode::OK);
    let nora = app.officer("nora").await;
    let body = json!({"from": proposed["from"]["account"], "to": proposed["to"]["account"], "reason": "Opnieuw"});
    let again = nora.post("/api/hand-overs", body).await.expect(StatusCode::CREATED).json();
    otto.post(&format!("{}/approve", path(&again["id"])), None).await.expect(StatusCode::OK);
}
