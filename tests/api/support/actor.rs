//! Users and their browsers: each has a cookie jar, an address and a name of its own.

use super::contract;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header},
};
use finrust::{domain::stored::TotpSeed, ports::Clock};
use http_body_util::{
    BodyExt,
    channel::{Channel, Sender},
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU8, Ordering},
    },
};
use test_support::clock::TestClock;
use tokio::task::JoinHandle;
use tower::ServiceExt;

const STEP_SECONDS: i64 = 30;

/// The service as seen from outside.
pub struct Front {
    router: Router,
    clock: Arc<TestClock>,
    behind_host: bool,
    addresses: AtomicU8,
}

impl Front {
    pub const fn new(router: Router, clock: Arc<TestClock>, behind_host: bool) -> Self {
        Self { router, clock, behind_host, addresses: AtomicU8::new(1) }
    }

    /// New browsers get addresses that were not used in `before`.
    pub fn goes_on_after(&self, before: &Self) {
        self.addresses.store(before.addresses.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

/// A browser and its user. A clone is another tab of the same browser.
#[derive(Clone)]
pub struct Actor {
    /// Empty for nobody in particular.
    pub username: String,
    /// Empty when unknown.
    pub password: String,
    pub totp: Option<TotpSeed>,
    /// As they were shown.
    pub recovery_codes: Vec<String>,
    pub ip: IpAddr,
    pub user_agent: String,
    /// Whether responses may contain what the contract does not name: values of a later version.
    pub beyond_contract: bool,
    front: Arc<Front>,
    jar: Arc<Mutex<BTreeMap<String, String>>>,
    /// The latest time step whose code may have been used.
    last_step: Arc<Mutex<i64>>,
    is_functions_host: bool,
}

impl Actor {
    /// A new browser with an address of its own.
    pub fn new(front: &Arc<Front>) -> Self {
        let number = front.addresses.fetch_add(1, Ordering::Relaxed);
        Self {
            username: String::new(),
            password: String::new(),
            totp: None,
            recovery_codes: Vec::new(),
            ip: IpAddr::V4(Ipv4Addr::new(192, 0, 2, number)),
            user_agent: "FinRust tests".to_owned(),
            beyond_contract: false,
            front: Arc::clone(front),
            jar: Arc::default(),
            last_step: Arc::default(),
            is_functions_host: false,
        }
    }

    pub fn into_functions_host(self) -> Self {
        Self { is_functions_host: true, ..self }
    }

    /// The same user in another browser, elsewhere.
    pub fn clone_as_new_browser(&self) -> Self {
        let Self { ip, jar, .. } = Self::new(&self.front);
        Self { ip, jar, ..self.clone() }
    }

    /// Another browser elsewhere with a copy of all cookies of this one.
    pub fn copied(&self) -> Self {
        let copy = self.clone_as_new_browser();
        copy.jar.lock().unwrap().clone_from(&*self.jar.lock().unwrap());
        copy
    }

    /// The same browser, for a copy of the service that diverges from here on.
    pub fn apart(&self, front: &Arc<Front>) -> Self {
        let (jar, last_step) = (self.jar.lock().unwrap().clone(), *self.last_step.lock().unwrap());
        let (jar, last_step) = (Arc::new(Mutex::new(jar)), Arc::new(Mutex::new(last_step)));
        Self { front: Arc::clone(front), jar, last_step, ..self.clone() }
    }

    /// The same tab, served by another instance.
    pub fn at(&self, instance: &Arc<Front>) -> Self {
        Self { front: Arc::clone(instance), ..self.clone() }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.request(Method::GET, path).send().await
    }

    pub async fn post(&self, path: &str, body: impl Into<Option<Value>>) -> Reply {
        self.request(Method::POST, path).json(body).send().await
    }

    pub async fn put(&self, path: &str, body: impl Into<Option<Value>>) -> Reply {
        self.request(Method::PUT, path).json(body).send().await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.request(Method::DELETE, path).send().await
    }

    pub fn request(&self, method: Method, path: &str) -> Ask<'_> {
        Ask { actor: self, method, path: path.to_owned(), headers: HeaderMap::new(), body: None, with_cookies: true }
    }

    /// The first step, with the actor's own username and password.
    pub async fn log_in(&self) -> Reply {
        self.log_in_as(&self.username, &self.password).await
    }

    pub async fn log_in_as(&self, username: &str, password: &str) -> Reply {
        self.post("/api/login", json!({ "username": username, "password": password })).await
    }

    /// All steps, with a code where one is due.
    pub async fn sign_in(&self) {
        let first = self.log_in().await.expect(StatusCode::OK);
        if first.json()["next"] == "two_factor" {
            let code = self.code();
            let second = self.post("/api/login/two-factor", json!({ "code": code })).await.expect(StatusCode::OK);
            assert_eq!(second.json()["next"], "done");
        } else {
            assert_eq!(first.json()["next"], "done");
        }
    }

    pub async fn is_signed_in(&self) -> bool {
        let reply = self.get("/api/session").await;
        assert!(matches!(reply.status, StatusCode::OK | StatusCode::UNAUTHORIZED), "{reply:?}");
        reply.status == StatusCode::OK
    }

    /// Enrols a second factor and keeps its seed and recovery codes.
    pub async fn enrol(&mut self) {
        let begun = self.post("/api/two-factor", json!({ "password": self.password })).await.expect(StatusCode::CREATED);
        self.totp = Some(seed(&begun.json()));
        *self.last_step.lock().unwrap() = 0;
        let confirmed = self.post("/api/two-factor/confirm", json!({ "code": self.code() })).await.expect(StatusCode::OK);
        self.recovery_codes = serde_json::from_value(confirmed.json()["recovery_codes"].clone()).unwrap();
    }

    /// An unused code; advances the test's clock to the next time step if needed.
    pub fn code(&self) -> String {
        let mut last = self.last_step.lock().unwrap();
        let mut step = self.front.clock.now().as_second() / STEP_SECONDS;
        if step <= *last {
            self.front.clock.advance(SignedDuration::from_secs(STEP_SECONDS * (*last + 1 - step)));
            step = *last + 1;
        }
        *last = step;
        self.totp.as_ref().expect("the actor has a second factor").code_at(self.front.clock.now())
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.jar.lock().unwrap().get(name).cloned()
    }

    /// All cookies of the browser.
    pub fn cookies(&self) -> BTreeMap<String, String> {
        self.jar.lock().unwrap().clone()
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.jar.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    pub fn drop_cookie(&self, name: &str) {
        self.jar.lock().unwrap().remove(name);
    }

    async fn received(&self, method: &Method, path: &str, response: Response<Body>) -> Reply {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        let reply = Reply { status: parts.status, headers: parts.headers, body, asked: format!("{method} {path}") };
        if !self.beyond_contract {
            contract::check(method, path, &reply);
        }
        self.take_cookies(&reply.headers);
        reply
    }

    fn take_cookies(&self, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            let (pair, attributes) = line.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.split(';').any(|attribute| attribute.trim().eq_ignore_ascii_case("max-age=0")) {
                self.drop_cookie(name);
            } else {
                self.set_cookie(name, value);
            }
        }
    }
}

/// The seed in the response to the start of an enrolment.
pub fn seed(begun: &Value) -> TotpSeed {
    let secret = begun["secret"].as_str().unwrap();
    let bytes = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    TotpSeed::new(bytes.try_into().unwrap())
}

/// A request being built.
pub struct Ask<'a> {
    actor: &'a Actor,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
    with_cookies: bool,
}

impl Ask<'_> {
    /// Adds a header; the same name may be added more than once.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
        self
    }

    pub fn json(self, body: impl Into<Option<Value>>) -> Self {
        match body.into() {
            Some(value) => self.raw_body(value.to_string(), "application/json"),
            None => self,
        }
    }

    /// Any bytes under any name; no `Content-Type` when it is empty.
    pub fn raw_body(mut self, bytes: impl Into<Vec<u8>>, content_type: &str) -> Self {
        self.body = Some(bytes.into());
        if content_type.is_empty() { self } else { self.header("content-type", content_type) }
    }

    /// Without the browser's own cookies.
    pub fn without_cookies(mut self) -> Self {
        self.with_cookies = false;
        self
    }

    pub async fn send(self) -> Reply {
        let actor = self.actor;
        let (method, path) = (self.method.clone(), self.path.clone());
        let response = actor.front.router.clone().oneshot(self.build(None)).await.unwrap();
        actor.received(&method, &path, response).await
    }

    /// Reads the response chunk by chunk; while `look` handles a chunk, the next one waits.
    pub async fn send_slowly(self, mut look: impl AsyncFnMut(&[u8])) -> Result<(), axum::Error> {
        let response = self.actor.front.router.clone().oneshot(self.build(None)).await.unwrap();
        assert!(response.status().is_success(), "{:?}", response.status());
        let mut body = response.into_body();
        while let Some(frame) = body.frame().await {
            if let Ok(piece) = frame?.into_data() {
                look(&piece).await;
            }
        }
        Ok(())
    }

    /// Sends everything but the last byte of the body, and returns once the service waits for more.
    pub async fn hold(mut self) -> Held {
        let (actor, method, path) = (self.actor.clone(), self.method.clone(), self.path.clone());
        let mut bytes = self.body.take().expect("a body to hold back");
        let last = Bytes::from(bytes.split_off(bytes.len() - 1));
        let (mut sender, body) = Channel::<Bytes, Infallible>::new(1);
        let answer = tokio::spawn(actor.front.router.clone().oneshot(self.build(Some(Body::new(body)))));
        // There is room for one chunk: the second goes in once the first was taken.
        for piece in [Bytes::from(bytes), Bytes::new(), Bytes::new()] {
            sender.send_data(piece).await.expect("the service reads every body to its end");
        }
        Held { actor, method, path, sender, last, answer }
    }

    fn build(self, body: Option<Body>) -> Request<Body> {
        let actor = self.actor;
        let mut request = Request::new(body.unwrap_or_else(|| Body::from(self.body.unwrap_or_default())));
        *request.method_mut() = self.method;
        *request.uri_mut() = self.path.parse::<Uri>().unwrap();
        let headers = request.headers_mut();
        headers.insert(header::HOST, HeaderValue::from_static("finrust.test"));
        if actor.front.behind_host && !actor.is_functions_host {
            headers.insert("x-forwarded-proto", HeaderValue::from_static("https"));
            headers.insert("x-forwarded-for", HeaderValue::from_str(&format!("{}:50000", actor.ip)).unwrap());
        }
        if !actor.user_agent.is_empty() {
            headers.insert(header::USER_AGENT, HeaderValue::from_str(&actor.user_agent).unwrap());
        }
        let cookies: Vec<_> = actor.jar.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if self.with_cookies && !cookies.is_empty() {
            headers.insert(header::COOKIE, HeaderValue::from_str(&cookies.join("; ")).unwrap());
        }
        // The first header of a name replaces the browser's own; further ones are added.
        for name in self.headers.keys() {
            headers.remove(name);
            for value in self.headers.get_all(name) {
                headers.append(name.clone(), value.clone());
            }
        }
        let peer = if actor.front.behind_host { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { actor.ip };
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer, 50_000)));
        request
    }
}

/// A request whose last byte is still to come.
pub struct Held {
    actor: Actor,
    method: Method,
    path: String,
    sender: Sender<Bytes, Infallible>,
    last: Bytes,
    answer: JoinHandle<Result<Response<Body>, Infallible>>,
}

impl Held {
    /// Whether a response has arrived although the last byte was not sent.
    pub fn is_answered(&self) -> bool {
        self.answer.is_finished()
    }

    /// Sends the last byte.
    pub async fn finish(mut self) -> Reply {
        self.sender.send_data(self.last).await.expect("the service reads every body to its end");
        drop(self.sender);
        let response = self.answer.await.unwrap().unwrap();
        self.actor.received(&self.method, &self.path, response).await
    }
}

/// A response, already checked against the contract.
#[derive(Clone)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    asked: String,
}

impl Reply {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of a problem.
    #[track_caller]
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_else(|| panic!("no problem: {self:?}")).to_owned()
    }

    #[track_caller]
    pub fn expect(self, status: StatusCode) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    #[track_caller]
    pub fn expect_problem(self, status: StatusCode, code: &str) -> Self {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{self:?}");
        self
    }

    /// A header that occurs once.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The seconds in `Retry-After`.
    #[track_caller]
    pub fn retry_after(&self) -> u64 {
        self.header("retry-after").unwrap_or_else(|| panic!("no Retry-After: {self:?}")).parse().unwrap()
    }

    /// The whole `Set-Cookie` header of a cookie.
    pub fn set_cookie(&self, name: &str) -> Option<&str> {
        let lines = self.headers.get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap());
        lines.into_iter().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with('=')))
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} answered {} {}", self.asked, self.status, String::from_utf8_lossy(&self.body))
    }
}
