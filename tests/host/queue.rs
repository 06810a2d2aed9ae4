//! The queue whose messages the host delivers: the embedded one, with its own worker prevented from seeing any.

use super::{
    function_app::Trigger,
    functions_host::{FunctionsHost, Invocation},
};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::{cell::RefCell, time::Duration};

/// A time in milliseconds that never comes.
const NEVER: i64 = 1 << 52;

/// A queue and its poison messages.
pub struct Queue<'a> {
    host: &'a FunctionsHost,
    messages: Connection,
    poison: RefCell<Vec<String>>,
}

/// How often the host encodes a text as JSON.
#[derive(Clone, Copy, Debug)]
pub enum Wrapped {
    /// As in Microsoft's documentation.
    Once,
    /// As it actually does.
    Twice,
    /// With whitespace around the text, as some tools leave it.
    Loosely,
}

/// The outcome of a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Fate {
    /// Done after so many deliveries.
    Done(u64),
    Poison,
}

impl<'a> Queue<'a> {
    /// Hides new messages from the handler's own worker.
    pub fn of(host: &'a FunctionsHost) -> Self {
        let messages = Connection::open(host.data().join("queue.db")).expect("the queue");
        messages.busy_timeout(Duration::from_secs(10)).expect("a timeout");
        let hide =
            format!("CREATE TRIGGER hidden AFTER INSERT ON messages BEGIN UPDATE messages SET visible_at = {NEVER} WHERE id = new.id; END");
        messages.execute_batch(&hide).expect("a trigger");
        Self { host, messages, poison: RefCell::default() }
    }

    /// Removes and returns all messages.
    pub fn take(&self) -> Vec<String> {
        let mut statement = self.messages.prepare("DELETE FROM messages RETURNING text").expect("a statement");
        let texts = statement.query_map((), |row| row.get(0)).expect("messages");
        texts.map(|text| text.expect("a text")).collect()
    }

    /// Removes and returns the only message.
    pub fn take_one(&self) -> String {
        let mut texts = self.take();
        let text = texts.pop().expect("a message");
        assert_eq!(texts, [""; 0], "one message");
        text
    }

    /// Delivers a message until it is done or has reached `maxDequeueCount`, without pauses.
    pub fn deliver(&self, text: &str, wrapped: Wrapped) -> Fate {
        let most = self.host.app.setting("/extensions/queues/maxDequeueCount").as_u64().expect("a number");
        for count in 1..=most {
            if self.host.invoke("send-mail", &self.payload(text, wrapped, count)) == Invocation::Succeeded {
                return Fate::Done(count);
            }
        }
        self.poison.borrow_mut().push(text.to_owned());
        Fate::Poison
    }

    /// Delivers queued messages and those that they cause, until none are left.
    pub fn drain_queue(&self) {
        for _ in 0..100 {
            let texts = self.take();
            if texts.is_empty() {
                return;
            }
            for text in texts {
                self.deliver(&text, Wrapped::Twice);
            }
        }
        panic!("the queue is never empty");
    }

    /// The contents of `<queue>-poison`.
    pub fn poison(&self) -> Vec<String> {
        self.poison.borrow().clone()
    }

    /// What the host posts for a delivery.
    pub fn payload(&self, text: &str, wrapped: Wrapped, count: u64) -> Value {
        let function = self.host.app.functions.iter().find(|function| function.name == "send-mail").expect("send-mail");
        let Trigger::Queue(binding) = &function.trigger else { panic!("send-mail has no queue") };
        let data = match wrapped {
            Wrapped::Once => text.to_owned(),
            Wrapped::Twice => Value::from(text).to_string(),
            Wrapped::Loosely => format!("  {} \r\n", Value::from(format!(" {text}\n"))),
        };
        json!({
            "Data": {binding: data},
            "Metadata": {
                "DequeueCount": count.to_string(),
                "ExpirationTime": "2026-12-01T03:06:19+00:00",
                "Id": "\"52d5b1c0-8a3e-4a53-9f58-0f3b4a0c7d11\"",
                "InsertionTime": "2026-11-24T03:06:19+00:00",
                "NextVisibleTime": "2026-11-24T03:16:19+00:00",
                "PopReceipt": "\"AgAAAAMAAAAAAAAA\"",
                "sys": {"MethodName": "send-mail", "RandGuid": "0f3b4a0c-7d11-4a53-9f58-52d5b1c08a3e", "UtcNow": "2026-11-24T03:06:20.1234567Z"},
            },
        })
    }
}
