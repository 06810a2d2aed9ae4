//! The texts of mails: plain text from `handlers/mail`, and the same words as simple HTML.
//!
//! A template fills its language's frame with a subject, which becomes the first line, and the paragraphs of the body.

use super::office::{Office, changed_by, controller_lines, details_lines, wait_words};
use super::words::{day, deadline_sentence, deadline_words, device, moment, officer_words, plain};
use crate::{
    domain::{
        ids::MailId,
        mail::{MailContent, PendingMail},
        organisation::{duties::DEADLINE, record::OrganisationChange},
        sign_in::credentials::Language,
    },
    ports::Letter,
    secret::Secret,
};
use askama::Template;
use jiff::Timestamp;
use std::fmt::Write;

/// Returns the letter with the content of `mail`, with links to `public_url`, from the officers of `firm`.
///
/// A sign-in link carries its code in the fragment, which no server or log sees.
pub fn letter(id: MailId, mail: &PendingMail, public_url: &str, firm: &Office) -> Option<Letter> {
    let site = public_url.trim_end_matches('/');
    let filled = text(mail, site, firm)?;
    let (subject, body) = filled.split_once('\n').expect("a frame starts with the line of the subject");
    let paragraphs: Vec<Vec<&str>> =
        body.split("\n\n").map(|paragraph| paragraph.lines().filter(|line| !line.is_empty()).collect()).collect();
    Some(Letter {
        id,
        to: mail.to.clone(),
        subject: subject.to_owned(),
        text: as_text(&paragraphs),
        html: as_html(mail, site, subject, &paragraphs),
    })
}

/// Subject and body in the language of the mail. Each template gets only the facts of its kind, and must use them all.
#[expect(clippy::too_many_lines, clippy::cognitive_complexity, reason = "a table: an arm for each sort of mail")]
fn text(mail: &PendingMail, site: &str, firm: &Office) -> Option<String> {
    let office = &firm.called(mail.language);
    let (name, username) = (&plain(mail.display_name.as_str()), mail.username.as_str());
    let when = |at: &Timestamp| moment(*at, mail.language);
    let link = |code: &Secret<String>| sign_in_link(username, code, site);
    let device = |ip: &Option<String>, user_agent: &Option<String>| device(ip.as_deref(), user_agent.as_deref(), mail.language);
    macro_rules! text {
        ($nl:literal, $en:literal, $($fact:ident $(= $value:expr)?),+) => {{
            #[derive(Template)]
            #[template(path = $nl, escape = "none")]
            struct Nl<'a> { name: &'a str, $($fact: &'a str),+ }
            #[derive(Template)]
            #[template(path = $en, escape = "none")]
            struct En<'a> { name: &'a str, $($fact: &'a str),+ }
            match mail.language {
                Language::Nl | Language::Later(_) => Nl { name, $($fact $(: $value)?),+ }.render(),
                Language::En => En { name, $($fact $(: $value)?),+ }.render(),
            }
        }};
    }
    let filled = match &mail.content {
        MailContent::Later => return None,
        MailContent::Invitation { one_time_password: code, valid_until: until } => {
            text!(
                "nl/invitation.txt",
                "en/invitation.txt",
                office,
                site,
                username,
                code = code.expose(),
                link = &link(code),
                until = &when(until)
            )
        }
        MailContent::PasswordReset { one_time_password: code, valid_until: until } => {
            text!(
                "nl/password_reset.txt",
                "en/password_reset.txt",
                office,
                site,
                code = code.expose(),
                link = &link(code),
                until = &when(until)
            )
        }
        MailContent::PasswordChanged { at } => text!("nl/password_changed.txt", "en/password_changed.txt", office, site, at = &when(at)),
        MailContent::EmailChangedOld { at, new_address } => {
            text!("nl/email_changed_old.txt", "en/email_changed_old.txt", office, at = &when(at), new_address = new_address.as_str())
        }
        MailContent::EmailChangedNew { at } => text!("nl/email_changed_new.txt", "en/email_changed_new.txt", office, at = &when(at)),
        MailContent::TwoFactorEnabled { at } => {
            text!("nl/two_factor_enabled.txt", "en/two_factor_enabled.txt", office, site, at = &when(at))
        }
        MailContent::TwoFactorDisabled { at } => {
            text!("nl/two_factor_disabled.txt", "en/two_factor_disabled.txt", office, site, at = &when(at))
        }
        MailContent::RecoveryCodesRenewed { at } => {
            text!("nl/recovery_codes_renewed.txt", "en/recovery_codes_renewed.txt", office, site, at = &when(at))
        }
        MailContent::RecoveryCodeUsed { at, left } => {
            text!("nl/recovery_code_used.txt", "en/recovery_code_used.txt", office, site, at = &when(at), left = &left.to_string())
        }
        MailContent::NewDevice { at, ip, user_agent } => {
            text!("nl/new_device.txt", "en/new_device.txt", office, site, at = &when(at), device = &device(ip, user_agent))
        }
        MailContent::SecondFactorMissing { at, ip, user_agent } => {
            text!(
                "nl/second_factor_missing.txt",
                "en/second_factor_missing.txt",
                office,
                site,
                at = &when(at),
                device = &device(ip, user_agent)
            )
        }
        MailContent::FilesHandedOver { at } => text!("nl/files_handed_over.txt", "en/files_handed_over.txt", office, at = &when(at)),
        MailContent::FilesTakenOver { at } => text!("nl/files_taken_over.txt", "en/files_taken_over.txt", office, site, at = &when(at)),
        MailContent::FilesExported { at, ip, user_agent, watermark } => {
            let (device, watermark) = (&device(ip, user_agent), &watermark.to_string());
            text!("nl/files_exported.txt", "en/files_exported.txt", office, site, at = &when(at), device = device, watermark = watermark)
        }
        MailContent::AccountDisabled { at } => text!("nl/account_disabled.txt", "en/account_disabled.txt", office, at = &when(at)),
        MailContent::AccountEnabled { at } => text!("nl/account_enabled.txt", "en/account_enabled.txt", office, site, at = &when(at)),
        MailContent::WaitLifted { at } => text!("nl/wait_lifted.txt", "en/wait_lifted.txt", office, site, at = &when(at)),
        MailContent::BreachSuspected { at } => {
            text!("nl/breach_suspected.txt", "en/breach_suspected.txt", site, role = firm.role(), at = &when(at))
        }
        MailContent::BreachDeadline { hours, deadline } => {
            let deadline = &when(deadline);
            if i64::from(*hours) < DEADLINE.as_hours() {
                text!("nl/breach_deadline.txt", "en/breach_deadline.txt", site, hours = &hours.to_string(), deadline = deadline)
            } else {
                text!("nl/breach_overdue.txt", "en/breach_overdue.txt", site, deadline = deadline)
            }
        }
        MailContent::ProcessorDeadline { party, kind, on } => {
            let (party, on) = (&plain(party), &day(*on, mail.language));
            let (what, todo) = (deadline_words(*kind, mail.language), &deadline_sentence(*kind, party, on, mail.language));
            text!("nl/processor_deadline.txt", "en/processor_deadline.txt", site, party = party, what = what, on = on, todo = todo)
        }
        MailContent::RequestWaits { on } => text!("nl/request_waits.txt", "en/request_waits.txt", site, on = &day(*on, mail.language)),
        MailContent::RequestOverdue { on } => {
            text!("nl/request_overdue.txt", "en/request_overdue.txt", site, on = &day(*on, mail.language))
        }
        MailContent::HandOverApproved { moves_at, from, to, proposed_by, approved_by } => {
            let (from, to, proposed_by, approved_by) = (&plain(from), &plain(to), &plain(proposed_by), &plain(approved_by));
            text!(
                "nl/hand_over_approved.txt",
                "en/hand_over_approved.txt",
                site,
                moves_at = &when(moves_at),
                from = from,
                to = to,
                proposed_by = proposed_by,
                approved_by = approved_by
            )
        }
        MailContent::FilesWillLeave { moves_at, officers } => {
            let officers = &officers.iter().map(|name| plain(name)).collect::<Vec<_>>().join(", ");
            text!("nl/files_will_leave.txt", "en/files_will_leave.txt", office, moves_at = &when(moves_at), officers = officers)
        }
        MailContent::FilesWillCome { moves_at, from } => {
            text!("nl/files_will_come.txt", "en/files_will_come.txt", office, site, moves_at = &when(moves_at), from = &plain(from))
        }
        MailContent::HandOverStopped { at, from, to } => {
            text!("nl/hand_over_stopped.txt", "en/hand_over_stopped.txt", office, at = &when(at), from = &plain(from), to = &plain(to))
        }
        MailContent::OfficerAccount { at, name: who, address, step, by } => {
            let (who, what) = (&plain(who), &officer_words(*step, by.as_deref(), mail.language));
            text!(
                "nl/officer_account.txt",
                "en/officer_account.txt",
                site,
                at = &when(at),
                who = who,
                address = address.as_str(),
                what = what
            )
        }
        MailContent::LettersDue { hours, since } => {
            text!("nl/letters_due.txt", "en/letters_due.txt", site, hours = &hours.to_string(), since = &when(since))
        }
        MailContent::OrganisationChanged { at, what: OrganisationChange::Changed, details, by, .. } => {
            let (details, by) = (&details_lines(details, mail.language), &changed_by(by.as_deref(), mail.language));
            text!("nl/organisation_changed.txt", "en/organisation_changed.txt", site, at = &when(at), details = details, by = by)
        }
        MailContent::OrganisationChanged { at, what: OrganisationChange::Proposed, details, by, applies_at } => {
            let (details, by) = (&details_lines(details, mail.language), &plain(by.as_deref().unwrap_or("FinRust")));
            let wait = &wait_words(*applies_at, mail.language);
            text!(
                "nl/organisation_proposed.txt",
                "en/organisation_proposed.txt",
                site,
                at = &when(at),
                details = details,
                by = by,
                wait = wait
            )
        }
        MailContent::ControllerChanged { at, controller, by } => {
            let controller = &controller_lines(controller.as_ref(), mail.language);
            let by = &plain(by.as_deref().unwrap_or("FinRust"));
            text!("nl/controller_changed.txt", "en/controller_changed.txt", site, office, at = &when(at), controller = controller, by = by)
        }
        MailContent::BreachLetter { at } => text!("nl/breach_letter.txt", "en/breach_letter.txt", site, at = &when(at)),
    }
    .expect("text always renders into a string");
    // A name such as "Voorbeeld B.V." ends a sentence by its own full stop.
    Some(if office.ends_with('.') { filled.replace(&format!("{office}."), office) } else { filled })
}

/// The link to the page that signs in automatically.
fn sign_in_link(username: &str, code: &Secret<String>, site: &str) -> String {
    format!("{site}/#/login/{}/{}", percent_encoded(username), percent_encoded(code.expose()))
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

fn as_text(paragraphs: &[Vec<&str>]) -> String {
    let wrapped = |lines: &Vec<&str>| lines.iter().map(|line| wrap(line)).collect::<Vec<_>>().join("\n");
    paragraphs.iter().map(wrapped).collect::<Vec<_>>().join("\n\n") + "\n"
}

/// Breaks between words so that no line exceeds 78 characters (RFC 5322 section 2.1.1), unless a single word does.
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

fn as_html(mail: &PendingMail, site: &str, subject: &str, paragraphs: &[Vec<&str>]) -> String {
    let code = match &mail.content {
        MailContent::Invitation { one_time_password, .. } | MailContent::PasswordReset { one_time_password, .. } => Some(one_time_password),
        _ => None,
    };
    let way_in = code.map(|code| sign_in_link(mail.username.as_str(), code, site));
    let blocks = paragraphs.iter().map(|lines| match lines.as_slice() {
        [line] if *line == site || way_in.as_deref() == Some(line) => Block::Link(line),
        [line] if code.is_some_and(|code| code.expose() == line) => Block::Code(line),
        lines => Block::Lines(lines),
    });
    let language = if mail.language == Language::En { "en" } else { "nl" };
    Page { language, subject, blocks: blocks.collect() }.render().expect("text always renders into a string")
}

/// A paragraph of the HTML. Only our own link becomes a link, whatever the facts contain.
enum Block<'a> {
    Link(&'a str),
    Code(&'a str),
    Lines(&'a [&'a str]),
}

#[derive(Template)]
#[template(path = "layout.html")]
struct Page<'a> {
    language: &'a str,
    subject: &'a str,
    blocks: Vec<Block<'a>>,
}

#[cfg(test)]
mod tests {
    use super::{Letter, Office, letter};
    use crate::domain::{ids::MailId, mail::PendingMail};
    use serde_json::{Value, json};

    const CODE: &str = "ABCD-EFGH-JKMN-PQRS";

    fn letters(language: &str, name: &str, user_agent: &str, firm: &Office) -> Vec<Letter> {
        let at = "2026-11-23T13:05:00Z";
        let secret = json!({"one_time_password": CODE, "valid_until": "2026-07-01T22:30:00Z"});
        let device = json!({"at": at, "ip": "2001:db8::1", "user_agent": user_agent});
        let firm_details = json!({"role": "processor", "name": "Voorbeeld Dossiers B.V.", "address": "Kade 1\n1234 AB Delft"});
        let contents = json!([
            {"invitation": secret}, {"password_reset": secret}, {"password_changed": {"at": at}},
            {"email_changed_old": {"at": at, "new_address": "a…@example.nl"}}, {"email_changed_new": {"at": at}},
            {"two_factor_enabled": {"at": at}}, {"two_factor_disabled": {"at": at}}, {"recovery_codes_renewed": {"at": at}},
            {"recovery_code_used": {"at": at, "left": 3}}, {"new_device": device}, {"second_factor_missing": device},
            {"new_device": {"at": at}}, {"account_disabled": {"at": at}}, {"account_enabled": {"at": at}}, {"wait_lifted": {"at": at}},
            {"breach_suspected": {"at": at}},
            {"breach_deadline": {"hours": 48, "deadline": "2026-11-24T12:00:00Z"}}, {"breach_deadline": {"hours": 72, "deadline": "2026-11-24T12:00:00Z"}}, {"breach_letter": {"at": at}},
            {"files_exported": {"at": at, "ip": "2001:db8::1", "user_agent": user_agent, "watermark": MailId::from_bytes([9; 16])}},
            {"processor_deadline": {"party": "Voorbeeld Hosting B.V.", "kind": "review", "on": "2026-12-01"}},
            {"files_handed_over": {"at": at}}, {"files_taken_over": {"at": at}},
            {"hand_over_approved": {"moves_at": at, "from": "Anna Dijk", "to": "Bert Vos", "proposed_by": "Olga Visser", "approved_by": "Otto Bakker"}},
            {"files_will_leave": {"moves_at": at, "officers": ["Olga Visser", "Otto Bakker"]}},
            {"files_will_come": {"moves_at": at, "from": "Anna Dijk"}},
            {"hand_over_stopped": {"at": at, "from": "Anna Dijk", "to": "Bert Vos"}},
            {"officer_account": {"at": at, "name": "Otto Bakker", "address": "o…@example.nl", "step": "proposed", "by": "Olga Visser"}},
            {"officer_account": {"at": at, "name": "Otto Bakker", "address": "o…@example.nl", "step": "made", "by": null}},
            {"request_waits": {"on": "2026-12-23"}}, {"request_overdue": {"on": "2026-12-23"}},
            {"letters_due": {"hours": 4, "since": at}},
            {"organisation_changed": {"at": at, "what": "changed", "details": firm_details, "by": "Olga Visser"}},
            {"organisation_changed": {"at": at, "what": "changed", "details": {}}},
            {"organisation_changed": {"at": at, "what": "proposed", "details": firm_details, "by": "Olga Visser"}},
            {"organisation_changed": {"at": at, "what": "proposed", "details": firm_details, "by": "Olga Visser", "applies_at": at}},
            {"controller_changed": {"at": at, "controller": {"name": firm_details["name"], "address": firm_details["address"]}, "by": "Olga Visser"}},
            {"controller_changed": {"at": at, "by": "Olga Visser"}},
        ]);
        let mail = |content: &Value| -> PendingMail {
            serde_json::from_value(json!({"to": "anna@example.nl", "display_name": name, "username": "zoë@kantoor",
                "language": language, "content": content, "created_at": at}))
            .unwrap()
        };
        let id = MailId::from_bytes([7; 16]);
        contents.as_array().unwrap().iter().filter_map(|content| letter(id, &mail(content), "https://files.example.nl/", firm)).collect()
    }

    #[test]
    fn every_kind_has_its_words_in_both_languages() {
        for language in ["nl", "en"] {
            let browser = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
            let letters = letters(language, "Anna Dijk", browser, &Office::default());
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
    fn a_provider_is_named_where_the_firm_of_the_reader_would_be() {
        let details = json!({"role": "processor", "name": "Voorbeeld Dossiers B.V."});
        let provider = Office::of(serde_json::from_value(details).unwrap());
        for language in ["nl", "en"] {
            let texts: Vec<_> = letters(language, "Anna Dijk", "curl", &provider).into_iter().map(|letter| letter.text).collect();
            let own = |text: &&String| ["van uw kantoor", "of your firm"].iter().any(|words| text.replace('\n', " ").contains(words));
            let left: Vec<_> = texts.iter().filter(own).collect();
            assert!(left.iter().all(|text| text.contains("andere adviseur") || text.contains("another adviser")), "{left:?}");
            insta::assert_snapshot!(format!("provider_{language}"), texts.join("=====\n"));
        }
    }

    #[test]
    fn only_an_invitation_and_a_reset_sign_in_and_only_by_the_fragment() {
        for (index, letter) in letters("en", "Anna", "curl", &Office::default()).iter().enumerate() {
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
        let letter = &letters("nl", "<img src=x onerror=\"y\"> & {{ link }}", &user_agent, &Office::default())[9];
        let (text, html) = (letter.text.replace('\n', " "), &letter.html);
        assert!(text.contains("\"ahttps://evil.example{{ code }}<b>xxx"), "{text}");
        assert!(text.contains("Beste <img src=x onerror=\"y\"> & {{ link }},"), "{text}");
        assert!(!text.contains(['\r', '\u{202e}']) && text.matches('x').count() < 200, "{text}");
        assert!(!html.contains("<img") && !html.contains("<b>") && html.matches("<a ").count() == 1, "{html}");
    }
}
