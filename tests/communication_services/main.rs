//! The mailer on Azure Communication Services, against a double that follows the published specification.

#![cfg(test)]

mod double;
mod identity;
mod sending;

use finrust::{
    adapters::{azure::Azure, communication_services::CommunicationServices},
    azure_settings::MailSettings,
    domain::{ids::MailId, sign_in::credentials::EmailAddress},
    ports::Letter,
};
use std::sync::Arc;
use test_support::doubles::{communication_services::CommunicationServices as Double, credential::TestCredential, https::AUTHORITY};

const FROM: &str = "DoNotReply@finrust.test";

fn letter() -> Letter {
    Letter {
        id: MailId::from_random([7; 16]),
        to: EmailAddress::parse("anna.canary@example.nl").unwrap(),
        subject: "Uw uitnodiging canary".to_owned(),
        text: "Open https://finrust.test/#/login/canary".to_owned(),
        html: "<p>Open <a href=\"https://finrust.test/#/login/canary\">FinRust</a></p>".to_owned(),
    }
}

fn mailer(double: &Double) -> CommunicationServices {
    mailer_with(double, AUTHORITY.client(), TestCredential::Gives)
}

fn mailer_with(double: &Double, http: reqwest::Client, credential: TestCredential) -> CommunicationServices {
    let settings = MailSettings { endpoint: double.endpoint.clone(), from: FROM.to_owned() };
    CommunicationServices::open(&settings, &Azure { credential: Arc::new(credential), http }).unwrap()
}
