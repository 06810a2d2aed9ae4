//! The path of a mail: from the change that causes it, through the queue and the host, to the mail service.

use crate::{
    app::App,
    azurite::Azurite,
    host::{Host, Outcome, queue_name},
};
use axum::http::StatusCode;

/// The whole setup, with one invitation on the queue.
async fn invited(azurite: &Azurite) -> (App, Host) {
    azurite.client(&queue_name()).create(None).await.unwrap();
    let app = App::start(azurite, &queue_name());
    let host = Host::start(azurite, app.router());
    app.invite("anna").await;
    (app, host)
}

#[tokio::test]
async fn a_mail_that_fails_at_first_is_sent_once() {
    let Some(azurite) = Azurite::start() else { return };
    let (app, host) = invited(&azurite).await;
    app.mail_service.fail(3);
    for count in 1..=3 {
        assert_eq!(host.handle_one().await, Some(Outcome::Again(count)));
    }
    assert_eq!(host.handle_one().await, Some(Outcome::Done));
    assert_eq!(host.handle_one().await, None);
    assert_eq!((app.mail_service.sent(), app.mail_service.tried()), (vec!["anna@example.nl".to_owned()], 4));
    host.tick().await;
    assert_eq!(host.handle_one().await, None);
}

#[tokio::test]
async fn a_mail_that_keeps_failing_is_set_aside_and_announced_again() {
    let Some(azurite) = Azurite::start() else { return };
    let (app, host) = invited(&azurite).await;
    app.mail_service.fail(usize::MAX);
    for count in 1..=4 {
        assert_eq!(host.handle_one().await, Some(Outcome::Again(count)));
    }
    assert_eq!(host.handle_one().await, Some(Outcome::Poisoned));
    assert_eq!((host.handle_one().await, host.poison().await.len(), app.mail_service.sent().len()), (None, 1, 0));
    app.mail_service.fail(0);
    host.tick().await;
    assert_eq!(host.handle_one().await, Some(Outcome::Done));
    assert_eq!(app.mail_service.sent(), ["anna@example.nl"]);
    host.tick().await;
    assert_eq!((host.handle_one().await, host.poison().await.len()), (None, 1));
}

#[tokio::test]
async fn a_message_that_comes_twice_sends_one_mail() {
    let Some(azurite) = Azurite::start() else { return };
    let (app, host) = invited(&azurite).await;
    let message = host.take().await.unwrap();
    for _ in 0..2 {
        assert_eq!(host.invoke(&message).await, StatusCode::OK);
    }
    assert_eq!((app.mail_service.sent().len(), app.mail_service.tried()), (1, 1));
}

#[tokio::test]
async fn a_queue_that_is_away_loses_no_mail() {
    let Some(azurite) = Azurite::start() else { return };
    let app = App::start(&azurite, &queue_name());
    let host = Host::start(&azurite, app.router());
    app.invite("anna").await;
    azurite.client(&queue_name()).create(None).await.unwrap();
    assert_eq!(host.handle_one().await, None);
    host.tick().await;
    assert_eq!(host.handle_one().await, Some(Outcome::Done));
    assert_eq!(app.mail_service.sent(), ["anna@example.nl"]);
}
