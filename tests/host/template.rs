//! Route templates of `function.json`.
//!
//! The first route whose template and methods both match handles the request; if only the template matches, the next route is tried. If
//! none is left the host responds with 404, never 405 (`WebScriptHostHttpRoutesManager`, azure-functions-host #10098; `HEAD` does not match
//! `GET`, #11625).

/// A template, segment by segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Segment>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Parameter,
    /// `{name?}`: may be absent.
    Optional,
    /// `{*name}`: everything that follows, even nothing.
    CatchAll,
}

impl Template {
    /// Parses a template. What the real host refuses or this one does not support is an error.
    pub fn parse(text: &str) -> Result<Self, String> {
        let read: Vec<&str> = if text.is_empty() { Vec::new() } else { text.split('/').collect() };
        let segments: Vec<Segment> = read.iter().map(|segment| parse_segment(segment)).collect::<Result<_, _>>()?;
        let last = segments.len().saturating_sub(1);
        if segments[..last].iter().any(|segment| matches!(segment, Segment::CatchAll | Segment::Optional)) {
            return Err(format!("{text}: something follows what is optional"));
        }
        if let Some(Segment::Literal(first)) = segments.first()
            && ["admin", "runtime"].contains(&first.as_str())
        {
            return Err(format!("{text}: reserved by the host"));
        }
        Ok(Self(segments))
    }

    /// Whether it matches a decoded path. One trailing slash is ignored; an empty segment matches only a catch-all.
    pub fn covers(&self, path: &str) -> bool {
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        let given: Vec<&str> = if path.is_empty() { Vec::new() } else { path.split('/').collect() };
        let mut rest = given.iter();
        for segment in &self.0 {
            let fits = match (segment, rest.next()) {
                (Segment::CatchAll, _) => return true,
                (Segment::Literal(literal), Some(given)) => literal.eq_ignore_ascii_case(given),
                (Segment::Parameter | Segment::Optional, Some(given)) => !given.is_empty(),
                (Segment::Optional, None) => true,
                (Segment::Literal(_) | Segment::Parameter, None) => false,
            };
            if !fits {
                return false;
            }
        }
        rest.next().is_none()
    }
}

fn parse_segment(text: &str) -> Result<Segment, String> {
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let Some(inner) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) else {
        let literal = !text.is_empty() && !text.contains(['{', '}', '?', '*']);
        return if literal { Ok(Segment::Literal(text.to_lowercase())) } else { Err(format!("{text}: no segment")) };
    };
    let (kind, name) = match (inner.strip_prefix('*'), inner.strip_suffix('?')) {
        (Some(name), _) => (Segment::CatchAll, name),
        (None, Some(name)) => (Segment::Optional, name),
        (None, None) => (Segment::Parameter, inner),
    };
    if is_name(name) { Ok(kind) } else { Err(format!("{text}: no parameter")) }
}

#[test]
fn templates_lead_where_the_host_leads() {
    let covers = |template: &str, path: &str| Template::parse(template).unwrap().covers(path);
    for (template, path) in [
        ("api/health", "/api/health"),
        ("api/health", "/API/Health/"),
        ("api/clients/{id}", "/api/clients/7"),
        ("api/clients/{id?}", "/api/clients"),
        ("api/clients/{id?}", "/api/clients/7"),
        ("api/clients/{*id}", "/api/clients"),
        ("api/clients/{*id}", "/api/clients/7/x"),
        ("{*path}", "/"),
        ("{*path}", "//a/b"),
        ("", "/"),
    ] {
        assert!(covers(template, path), "{template} {path}");
    }
    for (template, path) in [
        ("api/health", "/api/healthy"),
        ("api/health", "/api/health/x"),
        ("api/health", "//api/health"),
        ("api/clients/{id}", "/api/clients"),
        ("api/clients/{id?}", "/api/clients/7/x"),
        ("api/clients/{*id}", "/api/client"),
    ] {
        assert!(!covers(template, path), "{template} {path}");
    }
}

#[test]
fn a_wrong_template_is_noticed() {
    for wrong in ["/api", "api/", "api//x", "api/{}", "api/{id", "api/{*id}/x", "api/{id?}/x", "admin/x", "runtime", "api/{id:int}", "a*"] {
        assert!(Template::parse(wrong).is_err(), "{wrong}");
    }
}
