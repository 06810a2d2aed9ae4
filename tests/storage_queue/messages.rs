//! Messages on the queue are what was sent, and become visible when due.

use crate::{app::App, azurite::Azurite, queue_at, text};
use azure_storage_queue::{
    QueueClient,
    models::{QueueClientGetPropertiesResultHeaders, QueueClientReceiveMessagesOptions, ReceivedMessage},
};
use finrust::{domain::ids::MailId, flows::mail::post::Job, ports::Queue};
use std::{collections::BTreeSet, time::Duration};

async fn take(client: &QueueClient) -> Vec<ReceivedMessage> {
    let options = QueueClientReceiveMessagesOptions { number_of_messages: Some(32), ..QueueClientReceiveMessagesOptions::default() };
    client.receive_messages(Some(options)).await.unwrap().into_model().unwrap().items.unwrap_or_default()
}

#[tokio::test]
async fn a_text_arrives_as_it_was_sent() {
    let Some(azurite) = Azurite::start() else { return };
    let client = azurite.client("mail");
    client.create(None).await.unwrap();
    let queue = queue_at(&azurite.url("mail"));
    let mut sent = BTreeSet::new();
    for salt in 0..30 {
        let text = text(salt);
        queue.send(&text, Duration::ZERO).await.unwrap();
        sent.insert(text.as_str().to_owned());
    }
    let received: Vec<_> = take(&client).await.into_iter().map(|message| message.message_text.unwrap()).collect();
    assert_eq!((received.len(), received.iter().cloned().collect::<BTreeSet<_>>()), (30, sent));
    let characters: BTreeSet<char> = received.concat().chars().collect();
    let alphabet: BTreeSet<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']).collect();
    assert_eq!(characters, alphabet);
}

#[tokio::test]
async fn a_job_that_arrives_is_the_job_that_was_left() {
    let Some(azurite) = Azurite::start() else { return };
    let client = azurite.client("mail");
    client.create(None).await.unwrap();
    let app = App::start(&azurite, "mail");
    let identity = app.state.services.identities.index("anna").await.unwrap();
    let job = Job::Mail { identity, mail: MailId::from_random([7; 16]) };
    app.state.services.post.send(job, Duration::ZERO).await.unwrap();
    let [message] = take(&client).await.try_into().unwrap();
    let text = message.message_text.unwrap();
    assert_eq!(app.state.services.post.read(&text).await.unwrap(), Some(job));
    assert_eq!(message.expiration_time.unwrap().year(), 9999);
}

#[tokio::test]
async fn a_message_is_hidden_until_it_is_due() {
    let Some(azurite) = Azurite::start() else { return };
    let client = azurite.client("mail");
    client.create(None).await.unwrap();
    let queue = queue_at(&azurite.url("mail"));
    for delay in [Duration::from_hours(1), Duration::MAX] {
        queue.send(&text(1), delay).await.unwrap();
    }
    assert!(client.peek_messages(None).await.unwrap().into_model().unwrap().items.is_none());
    assert_eq!(client.get_properties(None).await.unwrap().approximate_messages_count().unwrap(), Some(2));
    let now = text(2);
    queue.send(&now, Duration::ZERO).await.unwrap();
    let [visible] = take(&client).await.try_into().unwrap();
    assert_eq!(visible.message_text.as_deref(), Some(now.as_str()));
}
