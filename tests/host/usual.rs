//! Header names on their way: regardless of the client's case, those known to .NET are forwarded in its spelling (`HttpClient`'s
//! `KnownHeaders`), others unchanged.

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

/// The name as it is forwarded.
pub fn usual(name: &str) -> &str {
    KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(name)).unwrap_or(name)
}

#[test]
fn known_names_have_their_usual_case() {
    for (name, sent) in [("cookie", "Cookie"), ("IF-MATCH", "If-Match"), ("client-IP", "client-IP"), ("X-aZure-fdid", "X-aZure-fdid")] {
        assert_eq!(usual(name), sent);
    }
}
