//! Whether an answer may be compressed: `Accept-Encoding` (RFC 9110 section 12.5.3).

use axum::http::{HeaderMap, header};

/// Whether gzip is acceptable and weighted at least as high as `identity`. Without the header the answer is sent uncompressed.
pub fn takes_gzip(headers: &HeaderMap) -> bool {
    let fields = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|field| field.to_str().ok());
    let codings: Vec<(&str, u16)> = fields.flat_map(|field| field.split(',')).filter_map(coding).collect();
    let weight = |names: &[&str]| {
        let named = codings.iter().filter(|(name, _)| names.iter().any(|other| name.eq_ignore_ascii_case(other)));
        named.map(|(_, weight)| *weight).max()
    };
    // `x-gzip` is gzip (RFC 9110 section 8.4.1.3); `*` matches any coding that is not named.
    let gzip = weight(&["gzip", "x-gzip"]).or_else(|| weight(&["*"])).unwrap_or(0);
    // `identity` is always acceptable, but outranks gzip only when it is named with a higher weight.
    let plain = weight(&["identity"]).unwrap_or(0);
    gzip > 0 && gzip >= plain
}

/// A coding and its weight in thousandths; `None` when it is malformed.
fn coding(text: &str) -> Option<(&str, u16)> {
    let Some((name, parameter)) = text.split_once(';') else {
        return Some((text.trim(), 1000));
    };
    let (key, value) = parameter.split_once('=')?;
    let weight = key.trim().eq_ignore_ascii_case("q").then(|| weight(value.trim()))??;
    Some((name.trim(), weight))
}

/// `qvalue` (RFC 9110 section 12.4.2): 0 to 1 with at most three decimals.
pub(super) fn weight(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{decimals:0<3}").parse().ok()?;
    match (whole, thousandths) {
        ("0", _) => Some(thousandths),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::takes_gzip;
    use axum::http::{HeaderMap, HeaderValue, header};

    fn takes(fields: &[&'static str]) -> bool {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static(field));
        }
        takes_gzip(&headers)
    }

    #[test]
    fn gzip_is_for_those_who_take_it() {
        for field in [
            "gzip",
            "GZIP",
            "x-gzip",
            "gzip, deflate, br, zstd",
            "br;q=1.0, gzip;q=0.8, *;q=0.1",
            "deflate,gzip ; q=0.001",
            "gzip;Q=1.000",
            "gzip;q=0.",
            "*",
            "*;q=0.5",
            "identity;q=0",
            "identity;q=0.5, gzip;q=0.5",
            "gzip;q=0.5, gzip;q=0",
            "gzip;q=0, *;q=1",
        ] {
            let expected = !["gzip;q=0.", "identity;q=0", "gzip;q=0, *;q=1"].contains(&field);
            assert_eq!(takes(&[field]), expected, "{field}");
        }
        assert!(takes(&["br", "gzip"]));
    }

    #[test]
    fn everybody_else_gets_the_bytes_as_they_are() {
        assert!(!takes(&[]));
        for field in [
            "",
            ",",
            "br",
            "identity",
            "gzip;q=0",
            "gzip;q=0.000",
            "gzip;q=0, *",
            "*;q=0",
            "identity, gzip;q=0.9",
            "gzipped",
            "gzip;q=2",
            "gzip;q=1.1",
            "gzip;q=0.0001",
            "gzip;q=-1",
            "gzip;q=+1",
            "gzip;q",
            "gzip;level=9",
            "gzip q=1",
        ] {
            assert!(!takes(&[field]), "{field}");
        }
    }
}
