//! General values of requests and of what is stored: days, moments, countries, accounts.

use super::{
    fields::{FieldCode, Fields},
    object::Dated,
};
use crate::{
    domain::{
        ids::{ClientId, SessionId},
        stored::BlindIndex,
    },
    text_type, text_value,
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use utoipa::ToSchema;

/// Tolerance for callers' clocks that are ahead.
const MAX_AHEAD: SignedDuration = SignedDuration::from_mins(2);

text_type!(
    /// A country as two upper-case letters (ISO 3166-1 alpha-2).
    #[derive(ToSchema)]
    #[schema(min_length = 2, max_length = 2, pattern = "^[A-Z]{2}$")]
    CountryCode,
    |typed| {
        let letters = typed.len() == 2 && typed.bytes().all(|byte| byte.is_ascii_uppercase());
        if letters { Ok(typed.to_owned()) } else { Err(FieldCode::InvalidFormat) }
    }
);

/// A moment from 2000 up to 2100, in UTC (RFC 3339, with `Z`).
// No `date-time`: it allows other offsets, and clients with a type for it send UTC as `+00:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(
    value_type = String,
    pattern = r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z$",
    examples("2026-11-23T09:00:00Z")
)]
pub struct Moment(Timestamp);

impl Moment {
    /// Parses `2026-11-23T09:00:00Z`.
    pub fn parse(text: &str) -> Result<Self, FieldCode> {
        let at: Timestamp = text.parse().map_err(|_| FieldCode::InvalidFormat)?;
        let seconds = at.as_second();
        match text.ends_with('Z') {
            false => Err(FieldCode::InvalidFormat),
            true if (YEAR_2000..YEAR_2100).contains(&seconds) => Ok(Self(at)),
            true => Err(FieldCode::OutOfRange),
        }
    }

    /// Parses a moment that is not after `now`. One that is slightly ahead, due to the caller's clock, becomes `now`.
    ///
    /// # Errors
    /// Those of [`Moment::parse`], and `in_future`.
    pub fn parse_by(text: &str, now: Timestamp) -> Result<Self, FieldCode> {
        let moment = Self::parse(text)?;
        if moment.0.duration_since(now) > MAX_AHEAD { Err(FieldCode::InFuture) } else { Ok(Self(moment.0.min(now))) }
    }

    pub const fn of(now: Timestamp) -> Self {
        Self(now)
    }

    /// The moment as a timestamp.
    pub const fn at(self) -> Timestamp {
        self.0
    }
}

const YEAR_2000: i64 = 946_684_800;
const YEAR_2100: i64 = 4_102_444_800;

/// A calendar day (`YYYY-MM-DD`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Date)]
pub struct Day(Date);

impl Day {
    /// Parses `2026-11-23`.
    pub fn parse(text: &str) -> Result<Self, FieldCode> {
        match text.parse() {
            Ok(date) if text.len() == 10 => Ok(Self(date)),
            _ => Err(FieldCode::InvalidFormat),
        }
    }

    pub const fn of(date: Date) -> Self {
        Self(date)
    }

    pub const fn date(self) -> Date {
        self.0
    }
}

impl Dated for Moment {
    fn past(fields: &mut Fields, name: &str) -> Option<Self> {
        let now = fields.now();
        fields.required(name, |text| Self::parse_by(text, now))
    }
}

impl Dated for Day {
    fn past(fields: &mut Fields, name: &str) -> Option<Self> {
        let today = Self(fields.today());
        fields.required(name, |text| Self::parse(text).and_then(|day| if day > today { Err(FieldCode::InFuture) } else { Ok(day) }))
    }
}

text_value!(
    Moment => Moment::parse,
    Day => Day::parse,
    AccountRef => AccountRef::parse,
    // Where an account or a file is chosen, an id that cannot be one is not among those to choose from.
    BlindIndex => |text| BlindIndex::parse(text).ok_or(FieldCode::UnknownValue),
    ClientId => |text| ClientId::parse(text).ok_or(FieldCode::UnknownValue),
    SessionId => |text| SessionId::parse(text).ok_or(FieldCode::InvalidFormat),
    IpAddr => |text| text.parse().map_err(|_| FieldCode::InvalidFormat),
);

/// The calendar day in the Netherlands at this moment.
pub fn day_at(now: Timestamp) -> Day {
    Day(now.to_zoned_datetime(jiff::tz::get!("Europe/Amsterdam")).date())
}

/// The ID of an account: 43 base64url characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(into = "String", try_from = "String")]
#[schema(value_type = String, min_length = 43, max_length = 43, pattern = "^[A-Za-z0-9_-]{43}$")]
pub struct AccountRef(pub BlindIndex);

impl AccountRef {
    /// Parses the id of an account.
    pub fn parse(text: &str) -> Result<Self, FieldCode> {
        BlindIndex::parse(text).map(Self).ok_or(FieldCode::InvalidFormat)
    }
}

impl From<AccountRef> for String {
    fn from(account: AccountRef) -> Self {
        account.0.to_string()
    }
}

impl TryFrom<String> for AccountRef {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map_err(|_| "no id of an account")
    }
}
