//! Does the calls of story.mjs with the client that openapi-generator makes for Rust (reqwest, with middleware).

use finrust_client::apis::{self, configuration::Configuration};
use reqwest_middleware::{ClientBuilder, Middleware, Next};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    io::{BufRead, stdin},
    sync::{Arc, Mutex},
};

type Failure = Box<dyn std::error::Error>;

/// What a browser keeps of answers, and the client does not tell.
#[derive(Default)]
struct Kept {
    cookies: HashMap<String, String>,
    etag: Option<String>,
}

struct Browser(Arc<Mutex<Kept>>);

#[async_trait::async_trait]
impl Middleware for Browser {
    async fn handle(
        &self,
        mut request: reqwest::Request,
        extensions: &mut http::Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<reqwest::Response> {
        let cookies: Vec<_> = self.0.lock().unwrap().cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.headers_mut().insert("cookie", cookies.join("; ").parse().unwrap());
        let answer = next.run(request, extensions).await?;
        let mut kept = self.0.lock().unwrap();
        for cookie in answer.headers().get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            kept.cookies.insert(name.to_owned(), value.to_owned());
        }
        kept.etag = answer.headers().get("etag").map(|tag| tag.to_str().unwrap().to_owned());
        drop(kept);
        Ok(answer)
    }
}

/// Somebody with a browser of their own.
struct Person {
    kept: Arc<Mutex<Kept>>,
    client: Configuration,
}

impl Person {
    fn new() -> Self {
        let kept = Arc::<Mutex<Kept>>::default();
        let client = ClientBuilder::new(reqwest::Client::new()).with(Browser(kept.clone())).build();
        let base_path = std::env::var("FINRUST_ADDRESS").unwrap();
        Self { kept, client: Configuration { base_path, client, ..Configuration::default() } }
    }
}

/// What the client read, written out by it again.
fn written<Model: Serialize, Error: std::error::Error + 'static>(read: Result<Model, Error>) -> Result<Value, Failure> {
    Ok(serde_json::to_value(read?)?)
}

/// A body as a user would build it: of the type that was generated.
fn body<Model: DeserializeOwned>(call: &Value) -> Result<Model, Failure> {
    Ok(serde_json::from_value(call["body"].clone())?)
}

async fn answered(client: &Configuration, call: &Value) -> Result<Value, Failure> {
    let text = |name: &str| call[name].as_str().unwrap_or_default();
    let (id, tag) = (text("id"), text("etag"));
    match text("operation") {
        "post_login" => written(apis::login_api::post_login(client, body(call)?).await),
        "post_login_two_factor" => written(apis::login_api::post_login_two_factor(client, body(call)?).await),
        "post_two_factor" => written(apis::two_factor_api::post_two_factor(client, body(call)?, None).await),
        "post_two_factor_confirm" => written(apis::two_factor_api::post_two_factor_confirm(client, body(call)?, None).await),
        "post_logout" => written(apis::logout_api::post_logout(client, None).await),
        "get_session" => written(apis::session_api::get_session(client).await),
        "get_account" => written(apis::account_api::get_account(client, None).await),
        "post_clients" => written(apis::clients_api::post_clients(client, body(call)?, None, None).await),
        "get_clients_id" => written(apis::clients_api::get_clients_id(client, id, None).await),
        "put_clients_id" => written(apis::clients_api::put_clients_id(client, id, tag, body(call)?, None).await),
        "post_clients_search" => written(apis::clients_api::post_clients_search(client, body(call)?, None).await),
        "get_clients_id_trail" => written(apis::clients_api::get_clients_id_trail(client, id, None, None, None).await),
        "post_clients_id_rights" => written(apis::clients_api::post_clients_id_rights(client, id, body(call)?, None, None).await),
        "get_clients_id_rights" => written(apis::clients_api::get_clients_id_rights(client, id, None).await),
        "post_clients_id_report" => written(apis::clients_api::post_clients_id_report(client, id, None).await),
        "post_requests" => written(apis::requests_api::post_requests(client, body(call)?, None, None).await),
        "post_requests_id_steps" => written(apis::requests_api::post_requests_id_steps(client, id, tag, body(call)?, None, None).await),
        "get_requests_id" => written(apis::requests_api::get_requests_id(client, id, None).await),
        "get_requests" => written(apis::requests_api::get_requests(client, None, None, None).await),
        "post_breaches" => written(apis::breaches_api::post_breaches(client, body(call)?, None, None).await),
        "get_accounts" => written(apis::accounts_api::get_accounts(client, None, None, None).await),
        "get_breaches" => written(apis::breaches_api::get_breaches(client, None, None, None).await),
        "get_breaches_id" => written(apis::breaches_api::get_breaches_id(client, id, None).await),
        "put_breaches_id" => written(apis::breaches_api::put_breaches_id(client, id, tag, body(call)?, None).await),
        "post_breaches_id_steps" => written(apis::breaches_api::post_breaches_id_steps(client, id, body(call)?, None, None).await),
        "post_breaches_id_affected" => written(apis::breaches_api::post_breaches_id_affected(client, id, body(call)?, None, None).await),
        "post_breaches_id_evidence" => written(apis::breaches_api::post_breaches_id_evidence(client, id, body(call)?, None, None).await),
        "get_breaches_id_letters" => written(apis::breaches_api::get_breaches_id_letters(client, id, None).await),
        "post_breaches_id_letters" => written(apis::breaches_api::post_breaches_id_letters(client, id, body(call)?, None, None).await),
        "get_breach_letters" => written(apis::breach_letters_api::get_breach_letters(client, None).await),
        other => Err(format!("{other} is not among the calls").into()),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let mut people = HashMap::<String, Person>::new();
    for line in stdin().lock().lines() {
        let call: Value = serde_json::from_str(&line?)?;
        let person = people.entry(call["person"].to_string()).or_insert_with(Person::new);
        let said = match answered(&person.client, &call).await {
            Ok(answer) => json!({ "operation": call["operation"], "answer": answer, "etag": person.kept.lock().unwrap().etag }),
            Err(error) => json!({ "operation": call["operation"], "error": format!("{error}: {:?}", error.source()) }),
        };
        println!("{said}");
    }
    Ok(())
}
