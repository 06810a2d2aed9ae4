//! Names of headers on their way: whatever a client's case, those that .NET knows are sent on as it writes them (`HttpClient`'s
//! `KnownHeaders`), others as they came.

const KNOWN: [&str; 24] = [
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Authorization",
    "Cache-Control",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Content-Type",
    "Cookie",
    "Date",
    "Expect",
    "From",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "Max-Forwards",
    "Origin",
    "Pragma",
    "Range",
    "Referer",
    "User-Agent",
    "Via",
];

/// The name as it is sent on.
pub fn usual(name: &str) -> &str {
    KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(name)).unwrap_or(name)
}

#[test]
fn known_names_have_their_usual_case() {
    for (name, sent) in [("cookie", "Cookie"), ("IF-MATCH", "If-Match"), ("client-IP", "client-IP"), ("X-aZure-fdid", "X-aZure-fdid")] {
        assert_eq!(usual(name), sent);
    }
}
