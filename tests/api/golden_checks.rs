//! What can be read, and whether a response still contains what it used to.

use crate::support::actor::Actor;
use axum::http::StatusCode;
use serde_json::{Value, json};

/// Members that depend on the current moment.
const MOVING: [&str; 8] = ["current_session", "ends_at", "expires_at", "last_seen_at", "last_signed_in_at", "current", "cursor", "next"];

/// Every path that the signed-in user can read; files before their audit trails, because reading one adds an entry.
pub async fn paths_of(actor: &Actor) -> Vec<String> {
    let session = actor.get("/api/session").await.expect(StatusCode::OK).json();
    let mut paths: Vec<String> = ["/api/session", "/api/account", "/api/login-attempts?limit=200"].map(str::to_owned).to_vec();
    if session["role"] == "officer" {
        for (list, below) in [
            ("/api/accounts?limit=200", &["/login-attempts?limit=200"][..]),
            ("/api/breaches", &["", "/report"]),
            ("/api/processors", &[""]),
            ("/api/hand-overs", &[""]),
        ] {
            let ids = ids(actor, list).await;
            let base = list.split('?').next().unwrap();
            paths.push(list.to_owned());
            paths.extend(below.iter().flat_map(|end| ids.iter().map(move |id| format!("{base}/{id}{end}"))));
        }
        paths.push("/api/processors/public".to_owned());
    } else {
        let found = actor.post("/api/clients/search", json!({"limit": 200})).await.expect(StatusCode::OK).json();
        let files: Vec<_> = items(&found).map(|item| item["id"].as_str().unwrap().to_owned()).collect();
        for end in ["", "/rights", "/trail?limit=200"] {
            paths.extend(files.iter().map(|id| format!("/api/clients/{id}{end}")));
        }
        for list in ["/api/requests", "/api/imports"] {
            let ids = ids(actor, list).await;
            paths.push(list.to_owned());
            paths.extend(ids.iter().map(|id| format!("{list}/{id}")));
        }
        paths.extend(["/api/retention", "/api/hand-overs/received", "/api/breach-letters"].map(str::to_owned));
    }
    paths
}

/// The response for a path, with all pages of a list.
pub async fn whole(actor: &Actor, path: &str) -> (u16, Value) {
    let first = actor.get(path).await;
    let (status, mut body) = (first.status.as_u16(), first.json());
    while let Some(cursor) = body["next"].as_str().map(str::to_owned) {
        let glue = if path.contains('?') { '&' } else { '?' };
        let next = actor.get(&format!("{path}{glue}cursor={cursor}")).await.expect(StatusCode::OK).json();
        let more = next["items"].as_array().unwrap().clone();
        body["items"].as_array_mut().unwrap().extend(more);
        body["next"] = next["next"].clone();
    }
    (status, body)
}

async fn ids(actor: &Actor, list: &str) -> Vec<String> {
    items(&actor.get(list).await.expect(StatusCode::OK).json()).map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list["items"].as_array().unwrap().iter()
}

/// What a response contained and no longer contains. Members and list entries may be added anywhere.
pub fn missing(then: &Value, now: &Value, at: &str) -> Vec<String> {
    match (then, now) {
        (Value::Object(then), Value::Object(now)) => {
            let members = then.iter().filter(|(name, _)| !MOVING.contains(&name.as_str()));
            members.flat_map(|(name, value)| missing(value, now.get(name).unwrap_or(&Value::Null), &format!("{at}/{name}"))).collect()
        }
        (Value::Array(then), Value::Array(now)) => {
            let mut rest = now.iter();
            let lost = then.iter().filter(|item| !rest.any(|other| missing(item, other, at).is_empty()));
            lost.take(1).map(|item| format!("{at}: {item} in {}", json!(now))).collect()
        }
        (then, now) if then == now => Vec::new(),
        (then, now) => vec![format!("{at}: {then} is {now}")],
    }
}
