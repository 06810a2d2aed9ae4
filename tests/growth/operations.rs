//! What an adviser waits for.

use super::{trace::Span, user::User};
use serde_json::Value;

/// An operation of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    SignIn,
    Read,
    Save,
    Create,
    List,
    Search,
    /// The list after a file was saved: all summaries are loaded again.
    ListAfterSave,
}

impl Operation {
    pub const ALL: [Self; 7] = [Self::SignIn, Self::Read, Self::Save, Self::List, Self::Search, Self::ListAfterSave, Self::Create];

    pub const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign in",
            Self::Read => "read a file",
            Self::Save => "save a file",
            Self::Create => "new file",
            Self::List => "list, first 50",
            Self::Search => "search",
            Self::ListAfterSave => "list after a save",
        }
    }

    /// Whether other requests come before it or after it, which are not measured.
    pub const fn is_alone(self) -> bool {
        !matches!(self, Self::SignIn | Self::ListAfterSave)
    }

    /// Runs it, and returns how long the user waited.
    pub async fn run(self, user: &mut User) -> Span {
        if self == Self::ListAfterSave {
            user.save().await;
        }
        let (span, session) = Span::of(self.perform(user)).await;
        if let Some(session) = session {
            user.sign_out(&session).await;
        }
        span
    }

    /// Runs nothing but the operation. Returns the session that it began.
    pub async fn perform(self, user: &mut User) -> Option<String> {
        match self {
            Self::SignIn => return Some(user.sign_in().await),
            Self::Read => user.read().await,
            Self::Save => user.save().await,
            Self::Create => user.create().await,
            Self::List | Self::ListAfterSave => user.search(None).await,
            Self::Search => user.search(Some("utrecht")).await,
        }
        None
    }

    /// What `api::costs` measured: requests, and how many of them one after the other.
    pub fn costs(self) -> (u64, u64) {
        let name = match self {
            Self::SignIn => "sign-in with a password",
            Self::Read => "open a client file",
            Self::Save => "save a client file",
            Self::Create => "new client file",
            Self::List | Self::Search => "search again, 50 of 1,000",
            Self::ListAfterSave => "first search, 50 of 1,000",
        };
        let table: Value = serde_json::from_str(include_str!("../../infra/measured.json")).expect("the table is JSON");
        let figure = |what: &str| table[name][what].as_u64().expect("a figure of the table");
        (figure("requests"), figure("round_trips"))
    }
}
