//! The double of the token endpoint, used by the SDK itself. The SDK reads the endpoint from its environment, so it runs in a process of
//! its own.

#![expect(clippy::disallowed_methods, reason = "starts this test again, in another environment")]

use finrust::{adapters::azure::Azure, azure_settings};
use std::{env, process::Command};
use test_support::doubles::{identity::Identity, tokens};

const CLIENT_ID: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
const SCOPES: [&str; 2] = ["https://storage.azure.com/.default", "https://communication.azure.com/.default"];

#[tokio::test(flavor = "multi_thread")]
async fn the_sdk_takes_its_tokens() {
    let identity = Identity::start(CLIENT_ID).await;
    assert!(asked_on_app_service(&identity.endpoint, &identity.header));
    assert_eq!(identity.resources(), ["https://storage.azure.com", "https://communication.azure.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_gets_one() {
    let identity = Identity::start(CLIENT_ID).await;
    assert!(!asked_on_app_service(&identity.endpoint, "another"));
    let another = Identity::start("c0ffee00-5717-4562-b3fc-2c963f66afa6").await;
    assert!(!asked_on_app_service(&another.endpoint, &another.header));
    assert!(identity.resources().is_empty() && another.resources().is_empty());
}

/// Runs the test below in such an environment; returns whether it got its tokens.
fn asked_on_app_service(endpoint: &str, header: &str) -> bool {
    let mut again = Command::new(env::current_exe().unwrap());
    again.args(["--exact", "identity::ask_for_tokens", "--ignored"]);
    let output = again.env("IDENTITY_ENDPOINT", endpoint).env("IDENTITY_HEADER", header).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("running 1 test"), "{told}");
    output.status.success()
}

#[tokio::test]
#[ignore = "run by the tests above, in an environment of its own"]
async fn ask_for_tokens() {
    let azure = Azure::connect(&azure_settings::Identity::Managed(CLIENT_ID.to_owned())).unwrap();
    for scope in SCOPES {
        let token = azure.credential.get_token(&[scope], None).await.unwrap();
        assert_eq!(tokens::audience(token.token.secret()).as_deref(), scope.strip_suffix("/.default"));
    }
}
