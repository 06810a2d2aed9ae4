//! Words shared by several mails: times and days, deadlines, devices, and external text.

use crate::domain::{mail::OfficerStep, processors::kinds::DeadlineKind, sign_in::credentials::Language, unseen::shown};
use jiff::{Timestamp, civil::Date, tz};

/// A time as clocks in the Netherlands show it; in the hour that occurs twice, it says which one.
pub(in crate::flows) fn moment(at: Timestamp, language: Language) -> String {
    let zone = tz::get!("Europe/Amsterdam");
    let local = at.to_zoned_datetime(zone.clone());
    let is_summer = match zone.to_ambiguous_timestamp(local.datetime()).offset() {
        tz::AmbiguousOffset::Fold { before, .. } => Some(local.offset() == before),
        tz::AmbiguousOffset::Unambiguous { .. } | tz::AmbiguousOffset::Gap { .. } => None,
    };
    let (before, after) = match (language, is_summer) {
        (Language::Nl | Language::Later(_), None) => ("om", "uur"),
        (Language::Nl | Language::Later(_), Some(true)) => ("om", "uur (zomertijd)"),
        (Language::Nl | Language::Later(_), Some(false)) => ("om", "uur (wintertijd)"),
        (Language::En, None) => ("at", "(Dutch time)"),
        (Language::En, Some(true)) => ("at", "(Dutch summer time)"),
        (Language::En, Some(false)) => ("at", "(Dutch winter time)"),
    };
    format!("{} {before} {:02}:{:02} {after}", day(local.date(), language), local.hour(), local.minute())
}

/// A day in the usual written form.
pub(in crate::flows) fn day(on: Date, language: Language) -> String {
    let months = match language {
        Language::Nl | Language::Later(_) => MONTHS_NL,
        Language::En => MONTHS_EN,
    };
    let month = usize::try_from(on.month() - 1).ok().and_then(|index| months.get(index)).expect("a month is 1 to 12");
    format!("{} {month} {}", on.day(), on.year())
}

/// What happens to a sub-processor, before the date of it.
pub(in crate::flows) const fn deadline_words(kind: DeadlineKind, language: Language) -> &'static str {
    match (kind, language) {
        (DeadlineKind::AgreementEnd, Language::Nl | Language::Later(_)) => "overeenkomst loopt af op",
        (DeadlineKind::AgreementEnd, Language::En) => "agreement ends on",
        (DeadlineKind::Evidence, Language::Nl | Language::Later(_)) => "certificaat of rapport verloopt op",
        (DeadlineKind::Evidence, Language::En) => "certificate or report expires on",
        (DeadlineKind::Review, Language::Nl | Language::Later(_)) => "beoordelen uiterlijk op",
        (DeadlineKind::Review, Language::En) => "review by",
        (DeadlineKind::Later(_), Language::Nl | Language::Later(_)) => "iets te doen uiterlijk op",
        (DeadlineKind::Later(_), Language::En) => "something to do by",
    }
}

/// The same as a sentence, which never ends with the name: many end with a full stop themselves.
pub(in crate::flows) fn deadline_sentence(kind: DeadlineKind, party: &str, on: &str, language: Language) -> String {
    match (kind, language) {
        (DeadlineKind::AgreementEnd, Language::Nl | Language::Later(_)) => {
            format!("De overeenkomst met {party} loopt af op {on}. Regel op tijd een nieuwe.")
        }
        (DeadlineKind::AgreementEnd, Language::En) => format!("The agreement with {party} ends on {on}. Arrange a new one in time."),
        (DeadlineKind::Evidence, Language::Nl | Language::Later(_)) => {
            format!("Een certificaat of rapport van {party} verloopt op {on}. Vraag op tijd een nieuw.")
        }
        (DeadlineKind::Evidence, Language::En) => {
            format!("A certificate or report of {party} expires on {on}. Ask for a new one in time.")
        }
        (DeadlineKind::Review, Language::Nl | Language::Later(_)) => format!("Beoordeel {party} uiterlijk op {on}."),
        (DeadlineKind::Review, Language::En) => format!("Review {party} by {on}."),
        (DeadlineKind::Later(_), Language::Nl | Language::Later(_)) => format!("Voor {party} is er uiterlijk op {on} iets te doen."),
        (DeadlineKind::Later(_), Language::En) => format!("There is something to do for {party} by {on}."),
    }
}

/// What was done about an officer's account, and by whom.
pub(in crate::flows) fn officer_words(step: OfficerStep, by: Option<&str>, language: Language) -> String {
    let by = match (by, language) {
        (Some(name), _) => plain(name),
        (None, Language::Nl | Language::Later(_)) => "de beheerder van het systeem".to_owned(),
        (None, Language::En) => "the operator of the system".to_owned(),
    };
    match (step, language) {
        (OfficerStep::Made, Language::Nl | Language::Later(_)) => format!("Gemaakt door {by}. De uitnodiging wordt daarmee verstuurd"),
        (OfficerStep::Made, Language::En) => format!("Created by {by}. The invitation is sent with it"),
        (OfficerStep::Proposed, Language::Nl | Language::Later(_)) => {
            format!("Voorgesteld door {by}. Een andere privacy officer moet het bevestigen")
        }
        (OfficerStep::Proposed, Language::En) => {
            format!("Proposed by {by}. Another privacy officer has to confirm it")
        }
        (OfficerStep::Confirmed, Language::Nl | Language::Later(_)) => {
            format!("{by} bevestigt het. De uitnodiging wordt daarmee verstuurd")
        }
        (OfficerStep::Confirmed, Language::En) => format!("{by} confirms it. The invitation is sent with it"),
    }
}

/// One line for each known fact about the device.
pub(in crate::flows) fn device(ip: Option<&str>, user_agent: Option<&str>, language: Language) -> String {
    let (address, browser) = match language {
        Language::Nl | Language::Later(_) => ("IP-adres", "Browser, zoals die zichzelf noemt"),
        Language::En => ("IP address", "Browser, as it calls itself"),
    };
    let ip = ip.map(|ip| format!("{address}: {}", plain(ip)));
    let user_agent = user_agent.map(|name| format!("{browser}: \"{}\"", plain(name)));
    ip.into_iter().chain(user_agent).collect::<Vec<_>>().join("\n")
}

/// External text without characters that could break a line or hide or reorder adjacent text, truncated to a bounded length.
pub(in crate::flows) fn plain(text: &str) -> String {
    shown(&text.chars().take(200).collect::<String>())
}

const MONTHS_NL: [&str; 12] =
    ["januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"];
const MONTHS_EN: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

#[cfg(test)]
mod tests {
    use super::{Language, moment};

    #[test]
    fn the_hour_that_clocks_show_twice_says_which_it_is() {
        for (at, nl, en) in [
            ("2026-10-24T23:59:00Z", "25 oktober 2026 om 01:59 uur", "25 October 2026 at 01:59 (Dutch time)"),
            ("2026-10-25T00:30:00Z", "25 oktober 2026 om 02:30 uur (zomertijd)", "25 October 2026 at 02:30 (Dutch summer time)"),
            ("2026-10-25T01:30:00Z", "25 oktober 2026 om 02:30 uur (wintertijd)", "25 October 2026 at 02:30 (Dutch winter time)"),
            ("2026-10-25T02:00:00Z", "25 oktober 2026 om 03:00 uur", "25 October 2026 at 03:00 (Dutch time)"),
            ("2026-03-29T01:30:00Z", "29 maart 2026 om 03:30 uur", "29 March 2026 at 03:30 (Dutch time)"),
        ] {
            let at = at.parse().expect("a time");
            assert_eq!((moment(at, Language::Nl).as_str(), moment(at, Language::En).as_str()), (nl, en));
        }
    }
}
