//! What a failure of Azure Communication Services asks of the caller: another try, or none.
//!
//! A mail is thrown away only when the service says that this letter, or its recipient, is what it does not take. Whatever an operator
//! can put right keeps the mail waiting, and is an error in the log.

use crate::ports::MailError;
use azure_core::Uuid;
use std::time::Duration;

/// When the service does not say.
const SOON: Duration = Duration::from_secs(60);
/// When a person has to do something first.
const LATER: Duration = Duration::from_secs(15 * 60);
/// Whatever the service says.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// Error codes of an operation that ended because of its recipient. `EmailDropped` comes after the service's own attempts.
const ABOUT_RECIPIENT: [&str; 3] = ["EmailDropped", "EmailDroppedAllRecipientsSuppressed", "InvalidEmailAddress"];

/// Why a letter did not go out, or may not have.
pub enum Failure {
    /// The identity got no token.
    NoToken,
    /// No connection, or no whole answer in time.
    NoAnswer,
    /// Not an answer that the service gives.
    Strange(Answer),
    Refused(Answer),
    /// Taken, and then failed or cancelled.
    GivenUp(Answer),
}

/// What matters in an answer.
#[derive(Default)]
pub struct Answer {
    pub status: u16,
    /// `error.code`.
    pub code: Option<String>,
    /// Whether the text of the error speaks of the sender, which is a setting and not the letter's.
    pub names_sender: bool,
    /// When the service wants to be asked again.
    pub retry_after: Option<Duration>,
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// It passes by itself.
    Passing(Duration),
    /// Somebody has to put something right.
    ToBeRepaired,
    /// This letter will never be taken.
    Hopeless,
}

impl Failure {
    /// Logs it, and tells the caller what to do.
    pub fn report(&self, request_id: Uuid) -> MailError {
        let (cause, answer) = self.parts();
        let (status, code) = (answer.map(|answer| answer.status), answer.and_then(|answer| answer.code.as_deref()));
        let activity_id = request_id.to_string();
        match self.verdict() {
            Verdict::Passing(retry_after) => {
                let retry_after_s = retry_after.as_secs();
                tracing::warn!(event = "mail_failed", cause, status, code, activity_id, retry_after_s);
                MailError::TryAgain { retry_after }
            }
            Verdict::ToBeRepaired => {
                tracing::error!(event = "mail_failed", cause, status, code, activity_id, retry_after_s = LATER.as_secs());
                MailError::TryAgain { retry_after: LATER }
            }
            Verdict::Hopeless => {
                tracing::error!(event = "mail_failed", cause, status, code, activity_id);
                MailError::Never
            }
        }
    }

    /// 401 and 403 also come now and then for no reason; 404 is a resource or a sender's domain that is not there (yet).
    fn verdict(&self) -> Verdict {
        match self {
            Self::NoToken | Self::NoAnswer => Verdict::Passing(SOON),
            Self::GivenUp(answer) if answer.is_about_recipient() => Verdict::Hopeless,
            // A repeat may be answered with how this operation ended, so the mail waits for a person.
            Self::Strange(_) | Self::GivenUp(_) => Verdict::ToBeRepaired,
            Self::Refused(answer) => match answer.status {
                400 if !answer.is_about_us() => Verdict::Hopeless,
                408 | 429 | 500..=599 => Verdict::Passing(answer.retry_after.unwrap_or(SOON).min(LONGEST)),
                _ => Verdict::ToBeRepaired,
            },
        }
    }

    const fn parts(&self) -> (&'static str, Option<&Answer>) {
        match self {
            Self::NoToken => ("no token", None),
            Self::NoAnswer => ("no answer", None),
            Self::Strange(answer) => ("strange answer", Some(answer)),
            Self::Refused(answer) => ("refused", Some(answer)),
            Self::GivenUp(answer) => ("given up", Some(answer)),
        }
    }
}

impl Answer {
    fn is_about_recipient(&self) -> bool {
        self.code.as_deref().is_some_and(|code| ABOUT_RECIPIENT.contains(&code))
    }

    /// Whether a refusal is due to the settings or to this release: the same for every letter.
    fn is_about_us(&self) -> bool {
        let about_us = |code: &str| ["Sender", "Domain", "ApiVersion", "Subscription"].iter().any(|word| code.contains(word));
        self.names_sender || self.code.as_deref().is_some_and(about_us)
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Failure, LATER, LONGEST, SOON, Verdict, Verdict::Hopeless, Verdict::Passing, Verdict::ToBeRepaired};
    use std::time::Duration;

    fn answer(status: u16, code: &str, retry_after: Option<u64>) -> Answer {
        Answer { status, code: Some(code.to_owned()), retry_after: retry_after.map(Duration::from_secs), ..Answer::default() }
    }

    #[test]
    fn every_refusal_has_its_verdict() {
        let passing = |seconds| Passing(Duration::from_secs(seconds));
        for (status, code, retry_after, verdict) in [
            (400, "BadRequest", None, Hopeless),
            (400, "InvalidEmailAddress", Some(5), Hopeless),
            (400, "InvalidSenderUserName", None, ToBeRepaired),
            (400, "DomainNotLinked", None, ToBeRepaired),
            (400, "UnsupportedApiVersionValue", None, ToBeRepaired),
            (401, "Denied", None, ToBeRepaired),
            (403, "SubscriptionBlocked", None, ToBeRepaired),
            (404, "DomainNotLinked", None, ToBeRepaired),
            (404, "NotFound", None, ToBeRepaired),
            (405, "", None, ToBeRepaired),
            (408, "", None, passing(60)),
            (409, "", None, ToBeRepaired),
            (413, "", None, ToBeRepaired),
            (429, "TooManyRequests", Some(7), passing(7)),
            (429, "TooManyRequests", None, passing(60)),
            (429, "TooManyRequests", Some(1_000_000), Passing(LONGEST)),
            (500, "InternalError", None, passing(60)),
            (503, "", Some(120), passing(120)),
            (599, "", None, passing(60)),
        ] {
            assert_eq!(Failure::Refused(answer(status, code, retry_after)).verdict(), verdict, "{status} {code}");
        }
    }

    #[test]
    fn a_refusal_of_the_sender_is_no_fault_of_the_letter() {
        let refusal = Answer { names_sender: true, ..answer(400, "BadRequest", None) };
        assert_eq!(Failure::Refused(refusal).verdict(), ToBeRepaired);
    }

    #[test]
    fn what_ends_after_it_was_taken_has_its_verdict() {
        for (code, verdict) in [
            ("EmailDropped", Hopeless),
            ("EmailDroppedAllRecipientsSuppressed", Hopeless),
            ("InvalidEmailAddress", Hopeless),
            ("InternalError", ToBeRepaired),
            ("TooManyRequests", ToBeRepaired),
            ("", ToBeRepaired),
        ] {
            assert_eq!(Failure::GivenUp(answer(200, code, None)).verdict(), verdict, "{code}");
        }
        assert_eq!(Failure::GivenUp(Answer::default()).verdict(), ToBeRepaired);
    }

    #[test]
    fn without_an_answer_there_is_another_try() {
        let verdicts: [Verdict; 3] =
            [&Failure::NoToken, &Failure::NoAnswer, &Failure::Strange(answer(200, "", None))].map(Failure::verdict);
        assert_eq!(verdicts, [Passing(SOON), Passing(SOON), ToBeRepaired]);
        assert!(SOON < LATER && LATER < LONGEST);
    }
}
