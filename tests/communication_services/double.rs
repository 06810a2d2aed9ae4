//! The double refuses what the specification does not allow, so that tests against it can fail.

use crate::Double;
use reqwest::header;
use serde_json::{Value, json};
use test_support::doubles::{https::AUTHORITY, tokens};

const ID: &str = "0190aa7e-1111-4222-8333-444444444444";

/// A valid request, until a test spoils it.
struct Request {
    query: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Value,
}

impl Request {
    fn right() -> Self {
        let token = tokens::unsigned("https://communication.azure.com").0;
        let headers = [
            ("authorization", format!("Bearer {token}")),
            ("content-type", "application/json".to_owned()),
            ("operation-id", ID.to_owned()),
            ("x-ms-client-request-id", ID.to_owned()),
        ];
        let body = json!({
            "senderAddress": "a@finrust.test",
            "recipients": { "to": [{ "address": "b@example.nl" }] },
            "content": { "subject": "c", "plainText": "d" },
        });
        Self { query: "api-version=2025-09-01", headers: headers.into(), body }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        let header = self.headers.iter_mut().find(|header| header.0 == name).unwrap();
        value.clone_into(&mut header.1);
        self
    }

    fn spoilt(spoil: fn(&mut Value)) -> Self {
        let mut request = Self::right();
        spoil(&mut request.body);
        request
    }

    async fn send(self, double: &Double) -> (u16, Value) {
        let mut request = AUTHORITY.client().post(format!("{}emails:send?{}", double.endpoint, self.query)).body(self.body.to_string());
        for (name, value) in self.headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, value);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
        (response.status().as_u16(), serde_json::from_slice(&response.bytes().await.unwrap()).unwrap())
    }
}

#[tokio::test]
async fn a_request_that_is_right_is_taken() {
    let double = Double::start().await;
    let (status, body) = Request::right().send(&double).await;
    assert_eq!((status, body), (202, json!({ "id": ID, "status": "Running" })));
}

#[tokio::test]
async fn a_request_that_is_wrong_is_refused() {
    let double = Double::start().await;
    let elsewhere = tokens::unsigned("https://storage.azure.com").0;
    for (wrong, status) in [
        (Request { query: "api-version=2021-10-01-preview", ..Request::right() }, 400),
        (Request { query: "", ..Request::right() }, 400),
        (Request::right().with("authorization", ""), 401),
        (Request::right().with("authorization", "Bearer x"), 401),
        (Request::right().with("authorization", &format!("Bearer {elsewhere}")), 401),
        (Request::right().with("content-type", "text/plain"), 415),
        (Request::right().with("operation-id", ""), 400),
        (Request::right().with("operation-id", "7"), 400),
        (Request::right().with("x-ms-client-request-id", "7"), 400),
        (Request { body: json!([]), ..Request::right() }, 400),
        (Request::spoilt(|body| body["sender"] = json!("a@finrust.test")), 400),
        (Request::spoilt(|body| drop(body.as_object_mut().unwrap().remove("senderAddress"))), 400),
        (Request::spoilt(|body| body["content"] = json!({ "html": "" })), 400),
        (Request::spoilt(|body| body["content"]["text"] = json!("d")), 400),
        (Request::spoilt(|body| body["recipients"]["to"] = json!("b@example.nl")), 400),
        (Request::spoilt(|body| body["recipients"]["to"][0] = json!({ "email": "b@example.nl" })), 400),
        (Request::spoilt(|body| body["headers"] = json!({ "Auto-Submitted": true })), 400),
        (Request::spoilt(|body| body["userEngagementTrackingDisabled"] = json!("true")), 400),
    ] {
        let told = (wrong.query, format!("{:?}", wrong.headers), wrong.body.to_string());
        let (got, body) = wrong.send(&double).await;
        assert_eq!(got, status, "{told:?}");
        assert!(body["error"]["code"].is_string() && body["error"]["message"].is_string(), "{body}");
    }
    assert!(double.sent().is_empty());
}
