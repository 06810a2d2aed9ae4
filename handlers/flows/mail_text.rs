//! The texts of mails: plain text from `handlers/mail`, and the same words as simple HTML.
//!
//! A template's first line is its subject. Its paragraphs stand in the frame of its language. `{{ … }}` names a fact.

use crate::{
    domain::{
        credentials::Language,
        ids::MailId,
        mail::{MailContent, PendingMail},
    },
    ports::Letter,
};
use askama::Template;
use jiff::{Timestamp, tz};
use std::fmt::Write;

/// The letter that tells the owner of `mail` what it says, with links to `public_url`.
///
/// A link that signs in keeps what it carries in the fragment, which no server and no log sees.
#[must_use]
pub fn letter(id: MailId, mail: &PendingMail, public_url: &str) -> Letter {
    let facts = facts(mail, public_url.trim_end_matches('/'));
    let (frame, text) = templates(&mail.content, mail.language);
    let (subject, body) = text.split_once('\n').expect("every template starts with its subject");
    let filled = fill(&frame.replace("{{ body }}", body.trim()), &facts);
    let paragraphs: Vec<Vec<&str>> =
        filled.split("\n\n").map(|paragraph| paragraph.lines().filter(|line| !line.is_empty()).collect()).collect();
    Letter {
        id,
        to: mail.to.clone(),
        subject: subject.to_owned(),
        text: as_text(&paragraphs),
        html: as_html(mail.language, subject, &paragraphs, &facts),
    }
}

/// Name and value of everything that a template may mention.
type Facts = Vec<(&'static str, String)>;

fn facts(mail: &PendingMail, site: &str) -> Facts {
    let language = mail.language;
    let mut facts = vec![("name", plain(mail.display_name.as_str())), ("site", site.to_owned())];
    match &mail.content {
        MailContent::Invitation { one_time_password, valid_until } | MailContent::PasswordReset { one_time_password, valid_until } => {
            let (username, code) = (mail.username.as_str(), one_time_password.expose());
            facts.extend([
                ("username", username.to_owned()),
                ("code", code.clone()),
                ("link", format!("{site}/#/login/{}/{}", percent_encoded(username), percent_encoded(code))),
                ("until", moment(*valid_until, language)),
            ]);
        }
        MailContent::EmailChangedOld { at, new_address } => {
            facts.extend([("at", moment(*at, language)), ("new_address", new_address.as_str().to_owned())]);
        }
        MailContent::RecoveryCodeUsed { at, left } => {
            facts.extend([("at", moment(*at, language)), ("left", left.to_string())]);
        }
        MailContent::NewDevice { at, ip, user_agent } | MailContent::SecondFactorMissing { at, ip, user_agent } => {
            facts.extend([("at", moment(*at, language)), ("device", device(ip.as_deref(), user_agent.as_deref(), language))]);
        }
        MailContent::PasswordChanged { at }
        | MailContent::EmailChangedNew { at }
        | MailContent::TwoFactorEnabled { at }
        | MailContent::TwoFactorDisabled { at }
        | MailContent::RecoveryCodesRenewed { at }
        | MailContent::AccountDisabled { at } => facts.push(("at", moment(*at, language))),
    }
    facts
}

/// Text from outside without what could break a line, hide or reorder its neighbours, and of bounded length.
fn plain(text: &str) -> String {
    let unseen =
        |c: char| matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    text.chars().filter(|c| !c.is_control() && !unseen(*c)).take(200).collect()
}

/// Every byte but the unreserved ones as `%XX` (RFC 3986 section 2).
fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("a string takes every write");
        }
        encoded
    })
}

/// A time as the clocks in the Netherlands show it.
fn moment(at: Timestamp, language: Language) -> String {
    let local = at.to_zoned(tz::get!("Europe/Amsterdam"));
    let (months, before, after) = match language {
        Language::Nl => (MONTHS_NL, "om", "uur"),
        Language::En => (MONTHS_EN, "at", "(Dutch time)"),
    };
    let month = usize::try_from(local.month() - 1).ok().and_then(|index| months.get(index)).expect("a month is 1 to 12");
    format!("{} {month} {} {before} {:02}:{:02} {after}", local.day(), local.year(), local.hour(), local.minute())
}

/// A line for each thing that is known about the device.
fn device(ip: Option<&str>, user_agent: Option<&str>, language: Language) -> String {
    let (address, browser) = match language {
        Language::Nl => ("IP-adres", "Browser, zoals die zichzelf noemt"),
        Language::En => ("IP address", "Browser, as it calls itself"),
    };
    let ip = ip.map(|ip| format!("{address}: {}", plain(ip)));
    let user_agent = user_agent.map(|name| format!("{browser}: \"{}\"", plain(name)));
    ip.into_iter().chain(user_agent).collect::<Vec<_>>().join("\n")
}

/// Frame and text of a kind of mail.
const fn templates(content: &MailContent, language: Language) -> (&'static str, &'static str) {
    macro_rules! file {
        ($name:literal) => {
            match language {
                Language::Nl => include_str!(concat!("../mail/nl/", $name)),
                Language::En => include_str!(concat!("../mail/en/", $name)),
            }
        };
    }
    let text = match content {
        MailContent::Invitation { .. } => file!("invitation.txt"),
        MailContent::PasswordReset { .. } => file!("password_reset.txt"),
        MailContent::PasswordChanged { .. } => file!("password_changed.txt"),
        MailContent::EmailChangedOld { .. } => file!("email_changed_old.txt"),
        MailContent::EmailChangedNew { .. } => file!("email_changed_new.txt"),
        MailContent::TwoFactorEnabled { .. } => file!("two_factor_enabled.txt"),
        MailContent::TwoFactorDisabled { .. } => file!("two_factor_disabled.txt"),
        MailContent::RecoveryCodesRenewed { .. } => file!("recovery_codes_renewed.txt"),
        MailContent::RecoveryCodeUsed { .. } => file!("recovery_code_used.txt"),
        MailContent::NewDevice { .. } => file!("new_device.txt"),
        MailContent::SecondFactorMissing { .. } => file!("second_factor_missing.txt"),
        MailContent::AccountDisabled { .. } => file!("account_disabled.txt"),
    };
    (file!("frame.txt"), text)
}

/// Puts the facts in their places, in one pass: what a fact contains is never read as a place.
fn fill(template: &str, facts: &Facts) -> String {
    let mut parts = template.split("{{ ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut filled, part| {
        let (name, rest) = part.split_once(" }}").expect("every place in a template is closed");
        filled.push_str(fact(facts, name).expect("a template names only facts of its kind"));
        filled.push_str(rest);
        filled
    })
}

fn fact<'a>(facts: &'a Facts, name: &str) -> Option<&'a str> {
    facts.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

fn as_text(paragraphs: &[Vec<&str>]) -> String {
    let wrapped = |lines: &Vec<&str>| lines.iter().map(|line| wrap(line)).collect::<Vec<_>>().join("\n");
    paragraphs.iter().map(wrapped).collect::<Vec<_>>().join("\n\n") + "\n"
}

/// Breaks between words, so that no line is longer than 78 characters (RFC 5322 section 2.1.1) unless one word is.
fn wrap(line: &str) -> String {
    let mut width = 0;
    line.split(' ').fold(String::new(), |mut wrapped, word| {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > 78 {
            wrapped.push('\n');
            width = 0;
        } else if width > 0 {
            wrapped.push(' ');
            width += 1;
        }
        wrapped.push_str(word);
        width += length;
        wrapped
    })
}

fn as_html(language: Language, subject: &str, paragraphs: &[Vec<&str>], facts: &Facts) -> String {
    let is = |line: &str, names: &[&str]| names.iter().any(|name| fact(facts, name) == Some(line));
    let blocks = paragraphs.iter().map(|lines| match lines.as_slice() {
        [line] if is(line, &["link", "site"]) => Block::Link(line),
        [line] if is(line, &["code"]) => Block::Code(line),
        lines => Block::Lines(lines),
    });
    let language = if language == Language::Nl { "nl" } else { "en" };
    Page { language, subject, blocks: blocks.collect() }.render().expect("text always renders into a string")
}

/// A paragraph of the HTML. Only our own link becomes one, whatever the facts contain.
enum Block<'a> {
    Link(&'a str),
    Code(&'a str),
    Lines(&'a [&'a str]),
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<!DOCTYPE html>
<html lang="{{ language }}" style="color-scheme: light dark">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{ subject }}</title>
</head>
<body style="font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 1.5rem auto; padding: 0 1rem; overflow-wrap: anywhere">
{%- for block in blocks %}
{% match block %}
{%- when Block::Link with (link) -%}
<p><a href="{{ link }}">{{ link }}</a></p>
{%- when Block::Code with (code) -%}
<p class="code" style="font: 1.25rem/1.5 ui-monospace, monospace">{{ code }}</p>
{%- when Block::Lines with (lines) -%}
<p>{% for line in lines.iter() %}{% if !loop.first %}<br>{% endif %}{{ line }}{% endfor %}</p>
{%- endmatch %}
{%- endfor %}
</body>
</html>
"#
)]
struct Page<'a> {
    language: &'a str,
    subject: &'a str,
    blocks: Vec<Block<'a>>,
}

const MONTHS_NL: [&str; 12] =
    ["januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"];
const MONTHS_EN: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

#[cfg(test)]
mod tests {
    use super::{Letter, letter};
    use crate::domain::{ids::MailId, mail::PendingMail};
    use serde_json::{Value, json};

    const CODE: &str = "ABCD-EFGH-JKMN-PQRS";

    fn letters(language: &str, name: &str, user_agent: &str) -> Vec<Letter> {
        let at = "2026-11-23T13:05:00Z";
        let secret = json!({"one_time_password": CODE, "valid_until": "2026-07-01T22:30:00Z"});
        let device = json!({"at": at, "ip": "2001:db8::1", "user_agent": user_agent});
        let contents = json!([
            {"invitation": secret}, {"password_reset": secret}, {"password_changed": {"at": at}},
            {"email_changed_old": {"at": at, "new_address": "a…@example.nl"}}, {"email_changed_new": {"at": at}},
            {"two_factor_enabled": {"at": at}}, {"two_factor_disabled": {"at": at}}, {"recovery_codes_renewed": {"at": at}},
            {"recovery_code_used": {"at": at, "left": 3}}, {"new_device": device}, {"second_factor_missing": device},
            {"new_device": {"at": at}}, {"account_disabled": {"at": at}},
        ]);
        let mail = |content: &Value| -> PendingMail {
            serde_json::from_value(json!({"to": "anna@example.nl", "display_name": name, "username": "zoë@kantoor",
                "language": language, "content": content, "created_at": at}))
            .unwrap()
        };
        let id = MailId::from_bytes([7; 16]);
        contents.as_array().unwrap().iter().map(|content| letter(id, &mail(content), "https://files.example.nl/")).collect()
    }

    #[test]
    fn every_kind_has_its_words_in_both_languages() {
        for language in ["nl", "en"] {
            let letters = letters(language, "Anna Dijk", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
            let texts: Vec<_> = letters.iter().map(|it| format!("Subject: {}\n\n{}", it.subject, it.text)).collect();
            insta::assert_snapshot!(format!("texts_{language}"), texts.join("=====\n"));
            insta::assert_snapshot!(format!("page_{language}"), letters[0].html);
            for letter in &letters {
                assert!(!letter.subject.is_empty() && letter.html.contains(&format!("<html lang=\"{language}\"")));
                assert!(letter.text.lines().all(|line| line.chars().count() <= 78 || line.starts_with("https://")), "{}", letter.text);
                let both = letter.text.clone() + &letter.html;
                assert!(!["{{", "}}", "{%", "%}"].iter().any(|marker| both.contains(marker)), "{both}");
            }
        }
    }

    #[test]
    fn only_an_invitation_and_a_reset_sign_in_and_only_by_the_fragment() {
        for (index, letter) in letters("en", "Anna", "curl").iter().enumerate() {
            for body in [&letter.text, &letter.html] {
                assert_eq!(body.contains(CODE), index < 2, "{body}");
                assert_eq!(body.contains("/#/login/"), index < 2, "{body}");
                assert_eq!(body.contains(&format!("https://files.example.nl/#/login/zo%C3%AB%40kantoor/{CODE}")), index < 2, "{body}");
            }
        }
    }

    #[test]
    fn what_strangers_wrote_stays_text() {
        let user_agent = format!("a\r\n\r\nhttps://evil.example\n\u{202e}{{{{ code }}}}<b>{}", "x".repeat(300));
        let letter = &letters("nl", "<img src=x onerror=\"y\"> & {{ link }}", &user_agent)[9];
        let (text, html) = (letter.text.replace('\n', " "), &letter.html);
        assert!(text.contains("\"ahttps://evil.example{{ code }}<b>xxx"), "{text}");
        assert!(text.contains("Beste <img src=x onerror=\"y\"> & {{ link }},"), "{text}");
        assert!(!text.contains(['\r', '\u{202e}']) && text.matches('x').count() < 200, "{text}");
        assert!(!html.contains("<img") && !html.contains("<b>") && html.matches("<a ").count() == 1, "{html}");
    }
}
