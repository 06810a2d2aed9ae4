//! Queue messages and timer ticks, as the host posts them.

use super::{
    function_app::Trigger,
    functions_host::{FunctionsHost, Invocation},
    person::{Person, invite},
    queue::{Fate, Queue, Wrapped},
};
use serde_json::{Value, json};
use std::fs;
use test_support::program::fresh;

#[test]
fn a_job_is_done_however_its_text_is_wrapped() {
    let (_parent, data) = fresh();
    invite(&data, "anna");
    let host = FunctionsHost::start(&data);
    let queue = Queue::of(&host);
    for (number, wrapped) in [Wrapped::Twice, Wrapped::Once, Wrapped::Loosely].into_iter().enumerate() {
        let before = host.mails().len();
        Person::at(&host).forgets_password("anna");
        assert_eq!(queue.deliver(&queue.take_one(), wrapped), Fate::Done(1));
        let announced = queue.take_one();
        assert_eq!(host.mails().len(), before, "{number}: the mail waits for its own job");
        assert_eq!(queue.deliver(&announced, wrapped), Fate::Done(1));
        assert_eq!(host.mails().len(), before + 1, "{wrapped:?}");
    }
    assert!(!host.written().contains("job_garbage"), "{}", host.written());
}

#[test]
fn the_same_text_again_sends_nothing_twice() {
    let (_parent, data) = fresh();
    invite(&data, "anna");
    let host = FunctionsHost::start(&data);
    let queue = Queue::of(&host);
    let before = host.mails().len();
    Person::at(&host).forgets_password("anna");
    let request = queue.take_one();
    queue.deliver(&request, Wrapped::Twice);
    let mail = queue.take_one();
    for wrapped in [Wrapped::Twice, Wrapped::Twice, Wrapped::Once] {
        assert_eq!(queue.deliver(&mail, wrapped), Fate::Done(1));
        assert_eq!(host.mails().len(), before + 1, "{wrapped:?}");
    }
    // A password-reset job cannot recognise its own repetition; the account's hourly limit bounds it.
    for _ in 0..10 {
        queue.deliver(&request, Wrapped::Twice);
        queue.drain_queue();
    }
    assert_eq!(host.mails().len(), before + 5);
}

#[test]
fn garbage_is_put_aside_and_alerted_on() {
    let (_parent, data) = fresh();
    invite(&data, "anna");
    let host = FunctionsHost::start(&data);
    let queue = Queue::of(&host);
    Person::at(&host).forgets_password("anna");
    let sealed = queue.take_one();
    let flipped = format!("{}AAAAAAAAA", &sealed[..sealed.len() - 9]);
    let texts = ["", "garbage", "{}", "null", "\"", "{\"DequeueCount\":\"9\"}", "é", &sealed[..sealed.len() / 2], &flipped];
    let before = host.mails().len();
    for text in texts {
        assert_eq!(queue.deliver(text, Wrapped::Twice), Fate::Done(1), "{text}");
    }
    let bodies = ["", "{", "[]", "{}", r#"{"Data":{}}"#, r#"{"Data":{"message":{}}}"#, r#"{"Data":null,"Metadata":null}"#];
    for body in bodies {
        assert_eq!(host.post_job("send-mail", body), Invocation::Succeeded, "{body}");
    }
    let alerts = |written: &str| {
        written.lines().filter(|line| line.contains(r#""level":"ERROR","event":"job_garbage","function":"send-mail""#)).count()
    };
    let alerts = alerts(&host.written_when(|written| alerts(written) >= texts.len() + bodies.len()));
    assert_eq!((alerts, host.mails().len()), (texts.len() + bodies.len(), before), "{}", host.written());
    assert_eq!((queue.take(), queue.poison()), (Vec::new(), Vec::new()));
}

#[test]
fn a_job_that_keeps_failing_ends_as_poison_with_an_alert_and_its_mail_is_not_lost() {
    let (_parent, data) = fresh();
    invite(&data, "anna");
    let host = FunctionsHost::start(&data);
    let queue = Queue::of(&host);
    let (mails, aside) = (data.join("mail"), data.join("aside"));
    let before = host.mails().len();
    fs::rename(&mails, &aside).expect("a mail folder");
    fs::write(&mails, "").expect("no mail folder");
    Person::at(&host).forgets_password("anna");
    queue.deliver(&queue.take_one(), Wrapped::Twice);
    let mail = queue.take_one();
    assert_eq!(queue.deliver(&mail, Wrapped::Twice), Fate::Poison);
    assert_eq!(queue.poison(), [mail]);
    let written = host.written_when(|written| written.contains(r#""event":"job_poisoned""#));
    let alerts = |start: &str, end: &str| written.lines().filter(|line| line.contains(start) && line.ends_with(end)).count();
    assert_eq!(alerts(r#""level":"WARN","event":"job_again","function":"send-mail","#, ""), 4, "{written}");
    assert_eq!(alerts(r#""level":"ERROR","event":"job_poisoned","function":"send-mail","#, r#","attempt":5}"#), 1, "{written}");
    fs::remove_file(&mails).expect("no mail folder");
    fs::rename(&aside, &mails).expect("a mail folder");
    assert_eq!(host.invoke("maintenance", &tick(&host)), Invocation::Succeeded);
    queue.drain_queue();
    assert_eq!(host.mails().len(), before + 1, "maintenance announced it anew");
}

#[test]
fn what_the_queue_says_of_itself_is_not_believed() {
    let (_parent, data) = fresh();
    invite(&data, "anna");
    let host = FunctionsHost::start(&data);
    let queue = Queue::of(&host);
    Person::at(&host).forgets_password("anna");
    let text = queue.take_one();
    let before = host.mails().len();
    for count in [json!("99"), json!(7), json!(-1), json!("\"5\""), json!({"a": 1}), Value::Null] {
        let mut payload = queue.payload(&text, Wrapped::Twice, 1);
        payload["Metadata"]["DequeueCount"] = count;
        payload["Metadata"]["message"] = json!("garbage");
        assert_eq!(host.invoke("send-mail", &payload), Invocation::Succeeded);
    }
    queue.drain_queue();
    assert_eq!(host.mails().len(), before + 5, "each was done, within the account's share");
}

#[test]
fn the_timer_ticks() {
    let (_parent, data) = fresh();
    let host = FunctionsHost::start(&data);
    for _ in 0..2 {
        assert_eq!(host.invoke("maintenance", &tick(&host)), Invocation::Succeeded);
        assert!(host.request_line().contains(r#""route":"/maintenance","status":200"#), "{}", host.request_line());
    }
}

/// What the host posts for a tick; `Last` of the first one has no offset.
pub fn tick(host: &FunctionsHost) -> Value {
    let function = host.app.functions.iter().find(|function| function.name == "maintenance").expect("maintenance");
    let Trigger::Timer(binding) = &function.trigger else { panic!("maintenance has no timer") };
    let status = json!({
        "Last": "0001-01-01T00:00:00", "Next": "2026-11-24T14:45:00+00:00", "LastUpdated": "0001-01-01T00:00:00",
    });
    json!({
        "Data": {binding: {"Schedule": {"AdjustForDST": true}, "ScheduleStatus": status, "IsPastDue": false}},
        "Metadata": {"sys": {"MethodName": "maintenance", "RandGuid": "0f3b4a0c-7d11-4a53-9f58-52d5b1c08a3e", "UtcNow": "2026-11-24T14:30:00.1Z"}},
    })
}
