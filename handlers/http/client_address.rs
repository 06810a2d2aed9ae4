//! The client's IP address: the peer's, or what a trusted proxy in front writes into a header. Values supplied by the client are ignored.

use super::state::AppState;
use crate::ports::Clock;
use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap, HeaderName},
};
use jiff::{SignedDuration, Timestamp};
use std::{
    net::{IpAddr, SocketAddr},
    sync::{Mutex, PoisonError},
};

/// Front Door writes the client's address into this header and its own id into the next. Without a matching id the address is not trusted.
const BEHIND_FRONT_DOOR: HeaderName = HeaderName::from_static("x-azure-clientip");
const FRONT_DOOR_ID: HeaderName = HeaderName::from_static("x-azure-fdid");
/// A missing address is logged at most this often.
const LOG_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// How the client's address is determined.
pub struct ClientAddress {
    /// Header that the platform overwrites; without one the peer's address is used.
    header: Option<HeaderName>,
    /// Id of the Front Door whose header takes precedence.
    front_door: Option<String>,
    last_logged: Mutex<Option<Timestamp>>,
}

impl ClientAddress {
    /// Trusts this header, and the header of the Front Door with this id.
    pub fn by(header: Option<HeaderName>, front_door: Option<String>) -> Self {
        Self { header, front_door, last_logged: Mutex::default() }
    }

    /// The address, if it can be determined.
    pub fn find(&self, headers: &HeaderMap, extensions: &Extensions) -> Option<IpAddr> {
        let vouched = |id: &String| last(headers, &FRONT_DOOR_ID).is_some_and(|sent| sent.eq_ignore_ascii_case(id));
        if self.front_door.as_ref().is_some_and(vouched) {
            return parse(last(headers, &BEHIND_FRONT_DOOR)?);
        }
        match &self.header {
            Some(name) => parse(last(headers, name)?),
            None => extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip()),
        }
    }

    /// Logs, at a limited rate, that addresses are missing: without them there is no throttling per address.
    fn tell(&self, clock: &dyn Clock) {
        let now = clock.now();
        let mut last = self.last_logged.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| now.duration_since(last).abs() >= LOG_EVERY) {
            *last = Some(now);
            tracing::error!(event = "client_address_missing");
        }
    }
}

/// The client's address, if it can be determined.
pub fn address(headers: &HeaderMap, extensions: &Extensions, state: &AppState) -> Option<IpAddr> {
    let known = &state.front.client_address;
    let found = known.find(headers, extensions);
    if found.is_none() && known.header.is_some() {
        known.tell(&*state.services.clock);
    }
    found
}

/// The last entry of the last header line: proxies append, so this is the entry that the platform wrote.
fn last<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let line = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    line.rsplit(',').next().map(str::trim)
}

/// Parses an address as proxies write it: with or without a port, with or without brackets.
fn parse(text: &str) -> Option<IpAddr> {
    let address = text.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::{ClientAddress, parse};
    use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue};

    fn found(known: &ClientAddress, lines: &[(&str, &str)]) -> Option<String> {
        let line = |(name, value): &(&str, &str)| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
        let mut headers = HeaderMap::new();
        for (name, value) in lines.iter().map(line) {
            headers.append(name, value);
        }
        known.find(&headers, &Extensions::new()).map(|ip| ip.to_string())
    }

    #[test]
    fn takes_every_spelling_of_an_address_and_nothing_else() {
        for (text, address) in [
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.1:50000", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]:50000", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
        ] {
            assert_eq!(parse(text).map(|ip| ip.to_string()).as_deref(), Some(address), "{text}");
        }
        for none in ["", "unknown", "192.0.2", "192.0.2.1:", "192.0.2.1:99999", "[192.0.2.1", "2001:db8::1]", "a.b.c.d:1", "192.0.2.1 x"] {
            assert_eq!(parse(none), None, "{none}");
        }
    }

    #[test]
    fn the_last_entry_of_the_last_line_counts() {
        let known = ClientAddress::by(Some(HeaderName::from_static("client-ip")), None);
        for (lines, address) in [
            (&[("client-ip", "198.51.100.7, 192.0.2.1:443")][..], Some("192.0.2.1")),
            (&[("client-ip", "198.51.100.7"), ("client-ip", "192.0.2.1")], Some("192.0.2.1")),
            (&[("client-ip", "192.0.2.1"), ("client-ip", "junk")], None),
            (&[("client-ip", "192.0.2.1,")], None),
            (&[("x-azure-clientip", "192.0.2.1"), ("x-forwarded-for", "192.0.2.1")], None),
        ] {
            assert_eq!(found(&known, lines).as_deref(), address, "{lines:?}");
        }
    }

    #[test]
    fn front_door_is_believed_with_its_id_only() {
        let known = ClientAddress::by(Some(HeaderName::from_static("client-ip")), Some("0a1b".to_owned()));
        let (said, peer) = (("x-azure-clientip", "192.0.2.1"), ("client-ip", "203.0.113.9:4711"));
        assert_eq!(found(&known, &[said, peer, ("x-azure-fdid", "0A1B")]).as_deref(), Some("192.0.2.1"));
        assert_eq!(found(&known, &[peer, ("x-azure-fdid", "0a1b")]), None, "Front Door itself is nobody's address");
        for id in ["", "0a1c", "0a1b, x", "0a1"] {
            assert_eq!(found(&known, &[said, peer, ("x-azure-fdid", id)]).as_deref(), Some("203.0.113.9"), "{id}");
        }
        assert_eq!(found(&known, &[said, peer]).as_deref(), Some("203.0.113.9"));
        let unknown = ClientAddress::by(Some(HeaderName::from_static("client-ip")), None);
        assert_eq!(found(&unknown, &[said, peer, ("x-azure-fdid", "0a1b")]).as_deref(), Some("203.0.113.9"));
    }
}
