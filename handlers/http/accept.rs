//! Whether a client prefers HTML or JSON: `Accept` (RFC 9110 section 12.5.1).

use super::accept_encoding::weight;
use axum::http::{HeaderMap, header};

/// Whether the client prefers HTML to JSON. A client without a preference is treated as a program and gets JSON.
pub fn prefers_html(headers: &HeaderMap) -> bool {
    let fields = headers.get_all(header::ACCEPT).iter().filter_map(|field| field.to_str().ok());
    let ranges: Vec<(&str, u16)> = fields.flat_map(|field| field.split(',')).filter_map(range).collect();
    let named = |name: &str| ranges.iter().filter(|(range, _)| range.eq_ignore_ascii_case(name)).map(|(_, weight)| *weight).max();
    // The most specific matching range decides.
    let weight = |names: [&str; 3]| names.into_iter().find_map(named).unwrap_or(0);
    let json = weight(["application/json", "application/*", "*/*"]).max(weight(["application/problem+json", "application/*", "*/*"]));
    weight(["text/html", "text/*", "*/*"]) > json
}

/// A media range and its weight in thousandths; `None` when the weight is malformed.
fn range(text: &str) -> Option<(&str, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next()?;
    let given = parts.filter_map(|part| part.split_once('=')).find(|(key, _)| key.trim().eq_ignore_ascii_case("q"));
    Some((name, given.map_or(Some(1000), |(_, value)| weight(value.trim()))?))
}

#[cfg(test)]
mod tests {
    use super::prefers_html;
    use axum::http::{HeaderMap, HeaderValue, header};

    fn prefers(field: &'static str) -> bool {
        prefers_html(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(field))]))
    }

    #[test]
    fn a_page_is_for_those_who_read() {
        for field in [
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "TEXT/HTML",
            "text/*",
            "text/html;level=1;q=0.4, */*;q=0.3",
            "application/json;q=0.1, text/html",
        ] {
            assert!(prefers(field), "{field}");
        }
        assert!(!prefers_html(&HeaderMap::new()));
        for field in [
            "",
            "*/*",
            "application/json",
            "text/html;q=0",
            "text/html, application/json",
            "text/html;q=0.5, application/*",
            "text/html;q=x",
        ] {
            assert!(!prefers(field), "{field}");
        }
    }
}
