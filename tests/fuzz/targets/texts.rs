//! What people type: names, addresses, passwords, codes.

use crate::work;
use finrust::{
    crypto::token::{PlainToken, ReadableCode},
    domain::{
        clients::summary::SearchText,
        sign_in::{
            credentials::{DisplayName, EmailAddress, TypedPassword, Username},
            username_as_typed::UsernameAsTyped,
        },
        text,
        unseen::is_blank,
    },
};

/// Parsing twice changes nothing, bounds hold, and an address adds no header and no recipient.
pub fn credentials(data: &[u8]) {
    work::grows_with_size(data, |data| all(&String::from_utf8_lossy(data)));
    if let Ok(text) = str::from_utf8(data) {
        all(text);
    }
}

fn all(text: &str) {
    username(text);
    address(text);
    if let Ok(password) = TypedPassword::parse(text) {
        assert!(password.expose().len() <= TypedPassword::MAX_BYTES);
        assert_eq!(TypedPassword::parse(password.expose()).ok().as_ref().map(TypedPassword::expose), Some(password.expose()));
    }
    if let Some(code) = ReadableCode::parse(text) {
        assert_eq!(ReadableCode::parse(code.text().expose()).map(|again| *again.bytes()), Some(*code.bytes()));
    }
    if let Some(token) = PlainToken::parse(text) {
        assert_eq!(token.text().expose(), text);
    }
}

fn username(text: &str) {
    let Ok(username) = Username::parse(text) else { return };
    let normal = username.as_str();
    assert!((3..=64).contains(&normal.chars().count()) && !is_blank(normal));
    assert_eq!(Username::parse(normal).as_ref(), Ok(&username));
    let typed = UsernameAsTyped::parse(normal).expect("a username is short enough");
    assert_eq!(typed.as_str(), normal, "whoever types it signs in with it");
}

fn address(text: &str) {
    let Ok(address) = EmailAddress::parse(text) else { return };
    let ascii = address.ascii();
    assert!(address.as_str() == text && text.len() <= 254 && ascii.len() <= 254 && ascii.is_ascii());
    assert!(ascii.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"(),:;<>[\\]".contains(&byte)), "{ascii}");
    assert_eq!(ascii.matches('@').count(), 1);
    assert_eq!(EmailAddress::parse(&ascii).map(|again| again.ascii().into_owned()), Ok(ascii.into_owned()));
}

/// One line stays one line that somebody can see, and as many characters as it may have.
pub fn one_line(data: &[u8]) {
    work::grows_with_size(data, |data| drop(text::line(&String::from_utf8_lossy(data), usize::MAX)));
    let Ok(typed) = str::from_utf8(data) else { return };
    if let Ok(line) = text::line(typed, 40) {
        assert!(line == typed && line.chars().count() <= 40 && !is_blank(&line) && !line.contains(char::is_control));
    }
    if let Ok(block) = text::visible_block(typed, 40) {
        assert!(block == typed && block.chars().count() <= 40 && !is_blank(&block));
        assert!(block.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t')));
    }
    if let Ok(name) = DisplayName::parse(typed) {
        let username = Username::parse("anna").expect("a username");
        let called = name.with(Some(&username));
        assert!(called.ends_with("(anna)") && called.matches(['(', ')']).count() == 2, "{called:?}");
    }
    if let Ok(typed) = UsernameAsTyped::parse(typed) {
        // Normal forms of 256 characters may be longer, by 18 times at most (Unicode's own stability policy).
        assert!(typed.as_str().chars().count() <= 256 * 18);
    }
    let _ = SearchText::parse(typed);
}
