//! Rate limits for a single address and for all strangers together: settings with safe defaults and bounds.

use std::num::NonZeroU32;

/// Burst and refill of the token buckets of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitSettings {
    /// Burst of sign-ins by strangers from one address; refilled at one per second.
    pub address_burst: NonZeroU32,
    /// Sign-ins of all strangers together, per second.
    pub strangers_per_second: NonZeroU32,
    /// Burst of requests for a new password from one address; refilled at one per minute.
    pub reset_burst: NonZeroU32,
}

impl LimitSettings {
    /// Lets an office of 50 people behind one address sign in within a minute, with a few mistakes.
    pub const ADDRESS_BURST: Bounds = Bounds { least: 10, usual: 60, most: 1000 };
    /// Matches what one or two cores can hash.
    pub const STRANGERS_PER_SECOND: Bounds = Bounds { least: 10, usual: 200, most: 2000 };
    /// Lower than for sign-ins, since each may send a mail.
    pub const RESET_BURST: Bounds = Bounds { least: 5, usual: 20, most: 200 };
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            address_burst: Self::ADDRESS_BURST.usual(),
            strangers_per_second: Self::STRANGERS_PER_SECOND.usual(),
            reset_burst: Self::RESET_BURST.usual(),
        }
    }
}

/// Minimum, default and maximum of a limit.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    least: u32,
    usual: u32,
    most: u32,
}

impl Bounds {
    pub fn usual(self) -> NonZeroU32 {
        NonZeroU32::new(self.usual).expect("defaults are not zero")
    }

    /// Parses a setting: digits only, within the bounds.
    pub fn parse(self, text: &str) -> Option<NonZeroU32> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|number| digits && (self.least..=self.most).contains(number))?;
        NonZeroU32::new(number)
    }
}

#[cfg(test)]
mod tests {
    use super::LimitSettings;

    #[test]
    fn a_limit_keeps_to_its_bounds_and_the_default_does_too() {
        for bounds in [LimitSettings::ADDRESS_BURST, LimitSettings::STRANGERS_PER_SECOND, LimitSettings::RESET_BURST] {
            for good in [bounds.least, bounds.usual, bounds.most] {
                assert_eq!(bounds.parse(&good.to_string()).map(std::num::NonZero::get), Some(good));
            }
            for bad in
                [(bounds.least - 1).to_string(), (bounds.most + 1).to_string(), format!("+{}", bounds.usual), "0".to_owned(), String::new()]
            {
                assert_eq!(bounds.parse(&bad), None, "{bad}");
            }
        }
    }
}
