//! Classifies failures of Azure Communication Services: whether the caller should retry.
//!
//! A mail is discarded only when the service says that it does not accept this letter or its recipient. Anything an operator can put right
//! keeps the mail pending, and is logged as an error.

use crate::ports::MailError;
use azure_core::Uuid;
use std::time::Duration;

/// The back-off when the service does not say.
const SOON: Duration = Duration::from_mins(1);
/// The back-off when an operator has to do something first.
const LATER: Duration = Duration::from_mins(15);
/// The maximum back-off, whatever the service says.
const LONGEST: Duration = Duration::from_hours(1);

/// Error codes of an operation that failed because of its recipient. `EmailDropped` comes after the service's own attempts.
const ABOUT_RECIPIENT: [&str; 3] = ["EmailDropped", "EmailDroppedAllRecipientsSuppressed", "InvalidEmailAddress"];

/// Why a letter was not sent, or may not have been.
pub enum Failure {
    /// The identity got no token.
    NoToken,
    /// No connection, or no complete response in time.
    NoAnswer,
    /// A response that the service never sends.
    Strange(Answer),
    Refused(Answer),
    /// Accepted, and then failed or cancelled.
    GivenUp(Answer),
}

/// The relevant parts of a response.
#[derive(Default)]
pub struct Answer {
    pub status: u16,
    /// `error.code`.
    pub code: Option<String>,
    /// Whether the error text mentions the sender, which comes from the settings and not from the letter.
    pub names_sender: bool,
    /// The back-off that the service asks for.
    pub retry_after: Option<Duration>,
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// It resolves automatically.
    Passing(Duration),
    /// An operator has to put something right.
    ToBeRepaired,
    /// This letter will never be accepted.
    Hopeless,
}

impl Failure {
    /// Logs it, and returns what the caller should do.
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

    /// 401 and 403 also occur sporadically for no reason; 404 is a resource or a sender's domain that does not exist (yet).
    fn verdict(&self) -> Verdict {
        match self {
            Self::NoToken | Self::NoAnswer => Verdict::Passing(SOON),
            Self::GivenUp(answer) if answer.is_about_recipient() => Verdict::Hopeless,
            // A repeat may be answered with the outcome of this operation, so the mail waits for an operator.
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

    /// Whether a refusal is due to the settings or to this release, and so the same for every letter.
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
