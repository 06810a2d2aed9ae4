//! What is known about the sender of a request: address, browser, cookies.

use crate::{
    crypto::token::PlainToken,
    domain::{
        sign_in::attempt::{Attempt, Event, Outcome, UserAgent},
        stored::BlindIndex,
    },
    secret::Secret,
};
use data_encoding::BASE64URL_NOPAD;
use std::net::IpAddr;
use zeroize::Zeroizing;

/// The sender of a request.
#[derive(Clone, Default)]
pub struct Visitor {
    /// The address that the request came from.
    pub ip: Option<IpAddr>,
    /// The browser's own name for itself.
    pub user_agent: Option<UserAgent>,
    /// The token from the cookie that identifies a browser.
    pub device: Option<PlainToken>,
    /// The session that the browser presented, of whatever account.
    pub session: Option<SessionCookie>,
}

impl Visitor {
    /// Returns the event that records an attempt by this visitor.
    pub fn attempt(&self, outcome: Outcome, count: u32) -> Event {
        Event::Attempt(Attempt { outcome, ip: self.ip, user_agent: self.user_agent.clone(), count })
    }
}

/// The session cookie: locates the session and carries the token that opens it.
#[derive(Clone)]
pub struct SessionCookie {
    pub identity: BlindIndex,
    /// Known only to the browser; its hash is stored.
    pub token: PlainToken,
}

impl SessionCookie {
    /// Parses the 86 characters that [`SessionCookie::text`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?);
        let (identity, token) = bytes.split_first_chunk::<32>()?;
        let token = PlainToken::new(token.try_into().ok()?);
        Some(Self { identity: BlindIndex::from_bytes(*identity), token })
    }

    pub fn text(&self) -> Secret<String> {
        let bytes = Zeroizing::new([*self.identity.bytes(), *self.token.bytes()].concat());
        Secret::new(BASE64URL_NOPAD.encode(&bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::SessionCookie;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parsing_never_panics_and_has_one_spelling(text in "[A-Za-z0-9_-]{0,100}") {
            if let Some(cookie) = SessionCookie::parse(&text) {
                let spelled = cookie.text();
                prop_assert_eq!(spelled.expose(), &text);
            }
        }
    }
}
