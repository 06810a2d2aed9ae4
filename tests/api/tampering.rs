//! Someone tampers with the database: what was changed is refused, never shown, and nothing else breaks.

use crate::{
    clients::{make, put},
    samples::{example, named},
    support::{
        actor::{Actor, Reply},
        app::TestApp,
    },
    vault::{Spot, Vault},
};
use axum::http::StatusCode;
use finrust::crypto::password::Argon2id;
use jiff::SignedDuration;
use serde_json::json;

const OTHER: &str = "client-3b241101-e2bb-4255-8caf-4136c566a962";

struct Scene {
    app: TestApp,
    vault: Vault,
    anna: Actor,
    bert: Actor,
    /// Two files of Anna, one of Bert.
    paths: [String; 3],
    files: [Spot; 3],
}

impl Scene {
    async fn set() -> Self {
        let app = TestApp::start().await;
        let (anna, bert) = (app.adviser("anna").await, app.adviser("bert").await);
        let paths = [make(&anna, &example()).await.0, make(&anna, &named("Vermeer")).await.0, make(&bert, &named("Bakker")).await.0];
        let vault = Vault::of(&app);
        let files = [0, 1, 2].map(|file| vault.file(&paths[file]));
        Self { app, vault, anna, bert, paths, files }
    }

    /// Anna's search, on an instance with an empty cache.
    async fn search_after_a_restart(&self) -> Reply {
        search(&self.anna.at(&self.app.another_instance(Argon2id::default()).await)).await
    }

    async fn is_bert_untouched(&self) {
        assert_eq!(self.bert.get(&self.paths[2]).await.expect(StatusCode::OK).json()["person"]["last_name"], "Bakker");
        assert_eq!(names(&search(&self.bert).await), ["Bakker"]);
    }
}

fn refused(reply: Reply) {
    let reply = reply.expect_problem(StatusCode::INTERNAL_SERVER_ERROR, "internal");
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    assert!(!["Dijk", "Vermeer", "Bakker", "111222333"].iter().any(|word| text.contains(word)), "{text}");
}

async fn search(actor: &Actor) -> Reply {
    actor.post("/api/clients/search", json!({})).await
}

fn names(reply: &Reply) -> Vec<String> {
    reply.json()["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_ciphertexts_of_two_files_cannot_be_swapped() {
    let scene = Scene::set().await;
    let [dijk, vermeer, bakker] = &scene.files;
    for (one, other) in [(dijk, vermeer), (dijk, bakker)] {
        scene.vault.swap_bodies(one, other);
        refused(scene.anna.get(&scene.paths[0]).await);
        refused(put(&scene.anna, &scene.paths[0], "\"x\"", &named("Lost")).await);
        assert_eq!(names(&search(&scene.anna).await.expect(StatusCode::OK)).len(), 2, "lists open summaries only");
        scene.vault.swap_bodies(one, other);
    }
    for (one, other) in [(dijk, vermeer), (dijk, bakker)] {
        scene.vault.swap_summaries(one, other);
        refused(scene.search_after_a_restart().await);
        scene.anna.get(&scene.paths[0]).await.expect(StatusCode::OK);
        scene.vault.swap_summaries(one, other);
    }
    assert_eq!(names(&search(&scene.anna).await), ["Anna van Dijk", "Vermeer"], "put right, it is right");
    scene.is_bert_untouched().await;
}

#[tokio::test]
async fn a_summary_is_no_body_and_a_body_no_summary() {
    let scene = Scene::set().await;
    let file = &scene.files[0];
    let (summary, body) = (scene.vault.summary(file), scene.vault.body(file));
    scene.vault.set_body(file, &summary);
    scene.vault.set_summary(file, Some(&body));
    refused(scene.anna.get(&scene.paths[0]).await);
    refused(search(&scene.anna).await);
    scene.anna.get(&scene.paths[1]).await.expect(StatusCode::OK);
    scene.vault.set_summary(file, None);
    refused(search(&scene.anna).await);
    scene.is_bert_untouched().await;
}

#[tokio::test]
async fn a_file_moved_to_another_adviser_opens_for_nobody() {
    let scene = Scene::set().await;
    let [dijk, _, bakker] = &scene.files;
    scene.vault.relocate(dijk, &dijk.in_partition_of(bakker));
    refused(scene.bert.get(&scene.paths[0]).await);
    refused(search(&scene.bert).await);
    scene.anna.get(&scene.paths[0]).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    assert_eq!(names(&search(&scene.anna).await), ["Vermeer"]);
    scene.bert.get(&scene.paths[2]).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_renamed_file_does_not_open() {
    let scene = Scene::set().await;
    let renamed = scene.files[0].named(OTHER);
    scene.vault.relocate(&scene.files[0], &renamed);
    refused(scene.anna.get(&OTHER.replace("client-", "/api/clients/")).await);
    refused(search(&scene.anna).await);
    scene.anna.get(&scene.paths[0]).await.expect_problem(StatusCode::NOT_FOUND, "not_found");
    scene.vault.relocate(&renamed, &scene.files[0].named("client-not-an-id"));
    refused(search(&scene.anna).await);
    scene.anna.get(&scene.paths[1]).await.expect(StatusCode::OK);
    scene.is_bert_untouched().await;
}

/// The bytes with one bit flipped at many positions, including all of the header, and truncated or extended.
fn damaged(bytes: &[u8]) -> Vec<Vec<u8>> {
    let positions = (0..82).chain((82..bytes.len()).step_by(29)).chain([bytes.len() - 1]);
    let flip = |(turn, position): (usize, usize)| {
        let mut changed = bytes.to_vec();
        changed[position] ^= 1 << (turn % 8);
        changed
    };
    let lengths = [0, 1, 17, 81, 82, 97, bytes.len() - 1].map(|length| bytes[..length].to_vec());
    positions.enumerate().map(flip).chain(lengths).chain([[bytes, &[0]].concat(), bytes.repeat(2)]).collect()
}

#[tokio::test]
async fn no_bit_of_a_file_can_be_flipped() {
    let scene = Scene::set().await;
    let file = &scene.files[0];
    let (summary, body) = (scene.vault.summary(file), scene.vault.body(file));
    let before = scene.anna.get(&scene.paths[0]).await.json();
    for changed in damaged(&body) {
        scene.vault.set_body(file, &changed);
        refused(scene.anna.get(&scene.paths[0]).await);
    }
    scene.vault.set_body(file, &body);
    for changed in damaged(&summary) {
        scene.vault.set_summary(file, Some(&changed));
        refused(search(&scene.anna).await);
    }
    scene.vault.set_summary(file, Some(&summary));
    assert_eq!(scene.anna.get(&scene.paths[0]).await.json(), before);
    assert_eq!(names(&search(&scene.anna).await).len(), 2);
    scene.is_bert_untouched().await;
}

#[tokio::test]
async fn no_bit_of_an_account_or_a_session_can_be_flipped() {
    let scene = Scene::set().await;
    let index = scene.app.state().services.identities.index("anna").await.unwrap_or_else(|_| panic!("an index")).to_string();
    let mine = |spots: Vec<Spot>| spots.into_iter().find(|spot| spot.partition == index).unwrap();
    let (identity, session) = (mine(scene.vault.spots("identities", "identity")), mine(scene.vault.spots("identities", "session-")));
    let (account, living) = (scene.vault.body(&identity), scene.vault.body(&session));
    for changed in damaged(&living) {
        scene.vault.set_body(&session, &changed);
        refused(scene.anna.get(&scene.paths[0]).await);
    }
    scene.vault.set_body(&session, &living);
    for changed in damaged(&account).into_iter().step_by(5) {
        scene.vault.set_body(&identity, &changed);
        refused(scene.anna.get("/api/account").await);
        let browser = scene.anna.clone_as_new_browser();
        refused(browser.log_in().await);
        assert!(browser.cookie("__Host-finrust").is_none());
    }
    scene.vault.set_body(&identity, &account);
    scene.anna.clone_as_new_browser().sign_in().await;
    scene.is_bert_untouched().await;
}

#[tokio::test]
async fn a_session_of_one_is_no_session_of_another() {
    let scene = Scene::set().await;
    let index = scene.app.state().services.identities.index("anna").await.unwrap_or_else(|_| panic!("an index")).to_string();
    let sessions = scene.vault.spots("identities", "session-");
    let (mine, theirs): (Vec<_>, Vec<_>) = sessions.into_iter().partition(|spot| spot.partition == index);
    scene.vault.swap_bodies(&mine[0], &theirs[0]);
    refused(scene.anna.get(&scene.paths[0]).await);
    refused(scene.bert.get(&scene.paths[2]).await);
    scene.vault.swap_bodies(&mine[0], &theirs[0]);
    let identities = scene.vault.spots("identities", "identity");
    let [one, other] = identities.as_slice() else { panic!("{identities:?}") };
    scene.vault.swap_bodies(one, other);
    refused(scene.anna.clone_as_new_browser().log_in().await);
    refused(scene.bert.clone_as_new_browser().log_in().await);
    scene.vault.swap_bodies(one, other);
    let olga = scene.app.officer("olga").await;
    let accounts = olga.get("/api/accounts").await.expect(StatusCode::OK).json();
    scene.vault.swap_summaries(one, other);
    assert_eq!(olga.get("/api/accounts").await.expect(StatusCode::OK).json(), accounts, "nothing rests on summaries");
    scene.vault.swap_summaries(one, other);
    scene.vault.swap_bodies(one, other);
    refused(olga.get("/api/accounts").await);
    scene.vault.swap_bodies(one, other);
    scene.is_bert_untouched().await;
}

#[tokio::test]
async fn a_key_that_is_gone_is_not_made_anew_over_what_it_sealed() {
    let scene = Scene::set().await;
    let key = scene.vault.spots("keys", "key-").into_iter().find(|spot| spot.partition == scene.files[0].partition).unwrap();
    let copy = scene.vault.copy(&key);
    search(&scene.anna).await.expect(StatusCode::OK);
    scene.vault.delete(&key);
    scene.app.clock.advance(SignedDuration::from_mins(6));
    refused(scene.anna.get(&scene.paths[0]).await);
    refused(search(&scene.anna).await);
    scene.is_bert_untouched().await;
    scene.vault.put(&key, &copy);
    scene.anna.get(&scene.paths[0]).await.expect(StatusCode::OK);
}
