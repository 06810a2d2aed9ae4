//! Time-based one-time passwords (RFC 6238): HMAC-SHA-1, which every authenticator app supports, 6 digits, steps of 30 s.
//!
//! The code of the previous step is accepted too, for a slow typist, and so is that of the next step, for a telephone whose clock is
//! ahead (RFC 6238, sections 5.2 and 6). `TotpSeed::verify` returns the step; the caller accepts each step once only, and none before
//! it.

use crate::{
    domain::{sign_in::credentials::Username, stored::TotpSeed},
    secret::Secret,
};
use jiff::Timestamp;
use totp_rs::{Algorithm, Builder, Totp};

const STEP_SECONDS: u64 = 30;

impl TotpSeed {
    /// Returns the step of `code` when it matches the current, previous or next step.
    pub fn verify(&self, code: &str, now: Timestamp) -> Option<u64> {
        let now = u64::try_from(now.as_second()).ok()?;
        let totp = self.totp("finrust");
        let moments = [now, now.saturating_sub(STEP_SECONDS), now.saturating_add(STEP_SECONDS)];
        // All three are checked, whichever matches.
        moments.map(|moment| totp.check(code, moment)).into_iter().flatten().next()
    }

    /// Returns the code at a moment, as an app shows it.
    pub fn code_at(&self, now: Timestamp) -> String {
        self.totp("finrust").generate(u64::try_from(now.as_second()).unwrap_or_default()).to_string()
    }

    /// The secret in base 32, for typing into an app.
    pub fn base32(&self) -> Secret<String> {
        Secret::new(self.totp("finrust").secret().to_base32())
    }

    /// The `otpauth://totp/FinRust:<username>?…` URL, for the QR code.
    pub fn otpauth_url(&self, username: &Username) -> Secret<String> {
        let url = self.totp(username.as_str()).to_url();
        Secret::new(url.expect("issuer and username hold no colon"))
    }

    fn totp(&self, account: &str) -> Totp {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_skew(0)
            .with_step_duration(STEP_SECONDS)
            .with_secret(self.bytes().to_vec())
            .with_account_name(account)
            .with_issuer(Some("FinRust"))
            .build()
            .expect("a 160-bit secret, 6 digits and a name without colon are allowed")
    }
}

/// Renders a text as a QR code (ISO/IEC 18004) in SVG.
pub fn qr_svg(text: &Secret<String>) -> String {
    let code = qrcode::QrCode::new(text.expose()).expect("an otpauth URL is far below the 2,953 bytes of a QR code");
    code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(200, 200).build()
}

#[cfg(test)]
mod tests {
    use super::qr_svg;
    use crate::domain::{sign_in::credentials::Username, stored::TotpSeed};
    use jiff::Timestamp;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    /// RFC 6238 appendix B, last six of the eight digits.
    #[test]
    fn gives_the_codes_of_the_standard() {
        let secret = TotpSeed::new(*b"12345678901234567890");
        for (second, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")] {
            assert_eq!(secret.code_at(at(second)), code);
            assert_eq!(secret.verify(code, at(second)), Some(second.unsigned_abs() / 30));
        }
    }

    #[test]
    fn takes_the_steps_beside_and_no_other() {
        let secret = TotpSeed::new([7; 20]);
        let code = secret.code_at(at(3000));
        for (second, step) in [(2969, None), (2970, Some(100)), (2985, Some(100)), (3000, Some(100)), (3059, Some(100)), (3060, None)] {
            assert_eq!(secret.verify(&code, at(second)), step, "{second}");
        }
        for wrong in ["", "12345", "1234567", "abcdef", "１２３４５６"] {
            assert_eq!(secret.verify(wrong, at(3000)), None);
        }
    }

    #[test]
    fn enrols_by_url_and_picture() {
        let username = Username::parse("anna@kantoor.nl").expect("valid");
        let url = TotpSeed::new([7; 20]).otpauth_url(&username);
        assert!(url.expose().starts_with("otpauth://totp/FinRust:anna%40kantoor.nl?secret="), "{}", url.expose());
        assert!(url.expose().contains("issuer=FinRust"));
        assert!(qr_svg(&url).contains("<svg"));
    }
}
