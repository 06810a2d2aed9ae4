//! Hides the length of a plaintext: Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", PETS 2019), rounded up to a
//! multiple of 32 bytes.
//!
//! `padded = length (u32, big-endian) ‖ plaintext ‖ zeros`. Padmé limits the mantissa of the length's floating-point form to the bit
//! length of its exponent, so padding adds at most about 12 % and reveals only O(log log n) bits of the length.

use super::aead::OpenError;
use zeroize::Zeroizing;

const PREFIX_BYTES: usize = 4;
const STEP_BYTES: usize = 32;

/// Adds the length prefix and the zero padding.
pub fn pad(plaintext: &[u8]) -> Zeroizing<Vec<u8>> {
    let length = u32::try_from(plaintext.len()).expect("documents are limited to 2 MiB");
    let padded_length = padded(PREFIX_BYTES + plaintext.len());
    let mut padded = Zeroizing::new(Vec::with_capacity(padded_length + super::aead::TAG_BYTES));
    padded.extend_from_slice(&length.to_be_bytes());
    padded.extend_from_slice(plaintext);
    padded.resize(padded_length, 0);
    padded
}

/// Returns the plaintext when `padded` is exactly what [`pad`] produces for it.
///
/// # Errors
/// [`OpenError`] for any other length or a byte of padding that is not zero.
pub fn unpad(mut padded: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let prefix = padded.first_chunk::<PREFIX_BYTES>().ok_or(OpenError)?;
    let length = usize::try_from(u32::from_be_bytes(*prefix)).map_err(|_| OpenError)?;
    let end = PREFIX_BYTES.checked_add(length).ok_or(OpenError)?;
    let zeros = padded.get(end..).ok_or(OpenError)?;
    if padded.len() != self::padded(end) || zeros.iter().any(|byte| *byte != 0) {
        return Err(OpenError);
    }
    padded.truncate(end);
    padded.drain(..PREFIX_BYTES);
    Ok(padded)
}

/// The padded length of `length` bytes.
fn padded(length: usize) -> usize {
    let exponent = length.max(2).ilog2();
    let mantissa_bits = exponent.ilog2() + 1;
    let mask = (1_usize << exponent.saturating_sub(mantissa_bits)) - 1;
    ((length + mask) & !mask).next_multiple_of(STEP_BYTES)
}

#[cfg(test)]
mod tests {
    use super::{pad, padded, unpad};
    use proptest::prelude::*;
    use zeroize::Zeroizing;

    #[test]
    fn adds_little_and_in_few_steps() {
        assert_eq!([1, 32, 33, 1000, 4097, 100_000].map(padded), [32, 32, 64, 1024, 4352, 100_352]);
        assert!((512..1_000_000).all(|length| padded(length) * 100 <= length * 113));
    }

    proptest! {
        #[test]
        fn gives_back_what_was_padded(plaintext in proptest::collection::vec(any::<u8>(), 0..3000)) {
            let padded = pad(&plaintext);
            prop_assert_eq!(padded.len() % 32, 0);
            prop_assert_eq!(&*unpad(padded).expect("padded just now"), &plaintext);
        }

        #[test]
        fn never_panics_on_other_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = unpad(Zeroizing::new(bytes));
        }
    }

    #[test]
    fn refuses_a_dirty_or_wrong_padding() {
        let mut dirty = pad(b"abc");
        dirty[20] = 1;
        assert!(unpad(dirty).is_err());
        let mut longer = pad(b"abc");
        longer.extend([0; 32]);
        assert!(unpad(longer).is_err());
    }
}
