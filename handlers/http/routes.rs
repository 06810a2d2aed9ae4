//! Every route with its function and its one access rule; the router and the OpenAPI document are built from this table.

use super::{
    access::{Access, Rule, enforce},
    accounts, breaches, clients, exports, hand_overs, health, host, imports, openapi, openapi_answers, organisation, pages,
    problem::{Code, Problem},
    processors,
    query::Parameters,
    readiness, request_log, requests, shield, sign_in,
    state::AppState,
};
use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::security::SecurityRequirement;
use utoipa_axum::{router::OpenApiRouter, router::UtoipaMethodRouter, routes};

/// A row of the table.
struct Row {
    function: &'static str,
    rule: Rule,
    routes: UtoipaMethodRouter<AppState>,
}

impl Row {
    /// A row whose requests may carry an idempotency key.
    fn keyed(function: &'static str, access: Access, mut routes: UtoipaMethodRouter<AppState>) -> Self {
        for (_, operation) in routes.1.paths.iter_mut().flat_map(|(path, item)| openapi::operations(path, item)) {
            operation.parameters.get_or_insert_default().push(openapi::idempotency_key().into());
        }
        Self { rule: Rule { access, keyed: true }, ..Self::of(function, access, routes) }
    }

    /// A row whose OpenAPI entry includes the refusals of every operation, and a session unless the route is public.
    fn of(function: &'static str, access: Access, mut routes: UtoipaMethodRouter<AppState>) -> Self {
        for (name, operation) in routes.1.paths.iter_mut().flat_map(|(path, item)| openapi::operations(path, item)) {
            if name == "post_logout" || (access.names_the_account() && name != "get_session") {
                operation.parameters.get_or_insert_default().push(openapi::account().into());
            }
            openapi_answers::refuse(access, !name.starts_with("get_"), operation);
            operation.operation_id = Some(name);
            // An empty list says that no session is needed.
            let session = (access != Access::Public).then(|| SecurityRequirement::new("session", [""; 0]));
            operation.security = Some(session.into_iter().collect());
        }
        Self { function, rule: Rule { access, keyed: false }, routes }
    }
}

/// A row of the table, for tests and for the folders of `function-app`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// The function that the host maps it to.
    pub function: &'static str,
    /// Method in upper case.
    pub method: &'static str,
    pub path: String,
    pub access: String,
    /// Whether its requests may carry an idempotency key.
    pub keyed: bool,
}

/// The API: one row per operation.
fn api() -> Vec<Row> {
    [accounts_and_sessions(), client_files(), registers(), about_itself()].into_iter().flatten().collect()
}

#[expect(clippy::cognitive_complexity, reason = "a table: the loops that count are inside the macro")]
fn accounts_and_sessions() -> Vec<Row> {
    vec![
        Row::of("login", Access::Public, routes!(sign_in::login::password)),
        Row::of("login", Access::SecondFactorDue, routes!(sign_in::login::two_factor)),
        Row::of("login", Access::NewPasswordDue, routes!(sign_in::login::new_password)),
        Row::of("logout", Access::Public, routes!(sign_in::login::log_out)),
        Row::of("session", Access::SignedIn, routes!(sign_in::login::session)),
        Row::of("session", Access::SignedIn, routes!(sign_in::login::keep_alive)),
        Row::of("password-reset", Access::Public, routes!(sign_in::password_reset::request)),
        Row::of("password-check", Access::Choosing, routes!(sign_in::password_check::judge)),
        Row::of("account", Access::Enrolled, routes!(accounts::own::view)),
        Row::of("account", Access::Enrolled, routes!(accounts::own::change)),
        Row::of("account", Access::Enrolled, routes!(accounts::own::change_password)),
        Row::of("account", Access::Enrolled, routes!(accounts::own::change_email)),
        Row::of("two-factor", Access::SignedIn, routes!(sign_in::two_factor::start)),
        Row::of("two-factor", Access::SignedIn, routes!(sign_in::two_factor::confirm)),
        Row::of("two-factor", Access::Enrolled, routes!(sign_in::two_factor::renew_codes)),
        Row::of("two-factor", Access::Enrolled, routes!(sign_in::two_factor::codes_seen)),
        Row::of("two-factor", Access::Enrolled, routes!(sign_in::two_factor::disable)),
        Row::of("sessions", Access::Enrolled, routes!(sign_in::sessions::list)),
        Row::of("sessions", Access::Enrolled, routes!(sign_in::sessions::end_one)),
        Row::of("sessions", Access::Enrolled, routes!(sign_in::sessions::end_others)),
        Row::of("browsers", Access::Enrolled, routes!(sign_in::browsers::list)),
        Row::of("browsers", Access::Enrolled, routes!(sign_in::browsers::forget_one)),
        Row::of("browsers", Access::Enrolled, routes!(sign_in::browsers::forget_others)),
        Row::of("login-attempts", Access::Enrolled, routes!(sign_in::attempts::list)),
        Row::of("accounts", Access::Officer, routes!(accounts::administration::list)),
        Row::keyed("accounts", Access::Officer, routes!(accounts::administration::create)),
        Row::of("accounts", Access::Officer, routes!(accounts::administration::disable)),
        Row::of("accounts", Access::Officer, routes!(accounts::administration::enable)),
        Row::keyed("accounts", Access::Officer, routes!(accounts::administration::invite_again)),
        Row::of("accounts", Access::Officer, routes!(accounts::administration::confirm)),
        Row::of("accounts", Access::Officer, routes!(accounts::administration::change_address)),
        Row::of("accounts", Access::Officer, routes!(accounts::administration::change_controller)),
        Row::of("accounts", Access::Officer, routes!(accounts::administration::withdraw)),
        Row::of("accounts", Access::Officer, routes!(accounts::administration::unlock)),
        Row::of("accounts", Access::Officer, routes!(accounts::administration::attempts)),
    ]
}

#[expect(clippy::cognitive_complexity, reason = "a table: the loops that count are inside the macro")]
fn client_files() -> Vec<Row> {
    vec![
        Row::keyed("clients", Access::Adviser, routes!(clients::files::create)),
        Row::of("clients", Access::Adviser, routes!(clients::files::search)),
        Row::of("clients", Access::Adviser, routes!(clients::files::read)),
        Row::of("clients", Access::Adviser, routes!(clients::files::replace)),
        Row::of("clients", Access::Adviser, routes!(clients::files::delete)),
        Row::of("clients", Access::Adviser, routes!(clients::restrictions::view)),
        Row::keyed("clients", Access::Adviser, routes!(clients::restrictions::take)),
        Row::of("clients", Access::Adviser, routes!(clients::restrictions::erase)),
        Row::of("clients", Access::Adviser, routes!(clients::trail::list)),
        Row::of("clients", Access::Adviser, routes!(clients::subject_report::report)),
        Row::of("clients", Access::Adviser, routes!(clients::subject_report::portability)),
        Row::of("imports", Access::Adviser, routes!(imports::template)),
        Row::keyed("imports", Access::Adviser, routes!(imports::begin)),
        Row::of("imports", Access::Adviser, routes!(imports::list)),
        Row::of("imports", Access::Adviser, routes!(imports::read)),
        Row::of("imports", Access::Adviser, routes!(imports::cancel)),
        Row::of("imports", Access::Adviser, routes!(imports::put_part)),
        Row::of("imports", Access::Adviser, routes!(imports::check)),
        Row::of("imports", Access::Adviser, routes!(imports::proceed)),
        Row::keyed("exports", Access::Adviser, routes!(exports::export)),
        Row::of("requests", Access::Adviser, routes!(requests::list)),
        Row::keyed("requests", Access::Adviser, routes!(requests::receive)),
        Row::of("requests", Access::Adviser, routes!(requests::read)),
        Row::keyed("requests", Access::Adviser, routes!(requests::step)),
        Row::of("retention", Access::Adviser, routes!(clients::retention::view)),
        Row::of("retention", Access::Adviser, routes!(clients::retention::choose)),
        Row::of("retention", Access::Adviser, routes!(clients::retention::proposals)),
        Row::of("hand-overs", Access::Officer, routes!(hand_overs::list)),
        Row::keyed("hand-overs", Access::Officer, routes!(hand_overs::propose)),
        Row::of("hand-overs", Access::Adviser, routes!(hand_overs::received)),
        Row::of("hand-overs", Access::Officer, routes!(hand_overs::read)),
        Row::of("hand-overs", Access::Officer, routes!(hand_overs::approve)),
        Row::of("hand-overs", Access::Officer, routes!(hand_overs::withdraw)),
        Row::of("hand-overs", Access::Enrolled, routes!(hand_overs::stop)),
    ]
}

#[expect(clippy::cognitive_complexity, reason = "a table: the loops that count are inside the macro")]
fn registers() -> Vec<Row> {
    vec![
        Row::keyed("breaches", Access::Enrolled, routes!(breaches::register::report)),
        Row::of("breaches", Access::Officer, routes!(breaches::register::list)),
        Row::of("breaches", Access::Officer, routes!(breaches::register::read)),
        Row::of("breaches", Access::Officer, routes!(breaches::register::replace)),
        Row::keyed("breaches", Access::Officer, routes!(breaches::register::step)),
        Row::of("breaches", Access::Officer, routes!(breaches::register::next_report)),
        Row::keyed("breaches", Access::Officer, routes!(breaches::evidence::affected)),
        Row::keyed("breaches", Access::Officer, routes!(breaches::evidence::keys)),
        Row::keyed("breaches", Access::Officer, routes!(breaches::evidence::attach)),
        Row::of("breaches", Access::Officer, routes!(breaches::letters::drafts)),
        Row::keyed("breaches", Access::Officer, routes!(breaches::letters::send)),
        Row::of("breach-letters", Access::Adviser, routes!(breaches::letters::mine)),
        Row::of("organisation", Access::Enrolled, routes!(organisation::read)),
        Row::of("organisation", Access::Officer, routes!(organisation::replace)),
        Row::of("organisation", Access::Officer, routes!(organisation::confirm)),
        Row::of("processors", Access::Public, routes!(processors::public::list)),
        Row::of("processors", Access::Officer, routes!(processors::register::list)),
        Row::keyed("processors", Access::Officer, routes!(processors::register::create)),
        Row::keyed("processors", Access::Officer, routes!(processors::register::lay_platform)),
        Row::of("processors", Access::Officer, routes!(processors::register::read)),
        Row::of("processors", Access::Officer, routes!(processors::register::replace)),
        Row::keyed("processors", Access::Officer, routes!(processors::register::publish)),
        Row::keyed("processors", Access::Officer, routes!(processors::register::end)),
    ]
}

fn about_itself() -> Vec<Row> {
    vec![Row::of("health", Access::Public, routes!(health::check)), Row::of("openapi", Access::Public, routes!(openapi::document))]
}

/// Routes outside `/api`, all public.
fn public_pages() -> [(&'static str, MethodRouter<AppState>); 5] {
    [
        ("/", get(pages::root)),
        ("/assets/{*path}", get(pages::asset)),
        ("/problems/{code}", get(pages::problem)),
        ("/.well-known/security.txt", get(pages::security_txt)),
        ("/.well-known/change-password", get(pages::change_password)),
    ]
}

/// Routes that only the host can reach.
fn host_jobs() -> [(&'static str, MethodRouter<AppState>); 2] {
    let [send_mail, maintenance] = shield::JOB_PATHS;
    [(send_mail, post(host::send_mail)), (maintenance, post(host::maintain))]
}

/// The whole service.
pub fn router(state: AppState) -> Router {
    let mut open = OpenApiRouter::with_openapi(openapi::frame());
    for Row { rule, routes: (schemas, mut paths, methods), .. } in api() {
        let operations = paths.paths.iter_mut().flat_map(|(path, item)| openapi::operations(path, item));
        let query = Parameters::of(operations.map(|(_, operation)| &*operation));
        let guarded = methods.route_layer(middleware::from_fn_with_state((state.clone(), rule, query), enforce));
        open = open.routes((schemas, paths, guarded));
    }
    let (mut router, _) = open.split_for_parts();
    for (path, methods) in public_pages() {
        router = router.route(path, methods);
    }
    if state.front.behind_host {
        for (path, methods) in host_jobs() {
            router = router.route(path, methods);
        }
    }
    router
        .fallback(pages::nowhere)
        .layer(CatchPanicLayer::custom(|_| Problem::of(Code::Internal).into_response()))
        .layer(middleware::from_fn_with_state(state.clone(), surround))
        .with_state(state)
}

/// What surrounds every handler, from the outside in. It is one layer because axum copies a layer, and all that it surrounds, for every
/// request.
async fn surround(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let hold = |request| readiness::hold(&state, request, |request| next.run(request));
    let guard = |request| shield::guard(&state, request, hold);
    request_log::record(request, guard).await
}

/// The OpenAPI document of the table.
pub fn openapi_document() -> serde_json::Value {
    let open = api().into_iter().fold(OpenApiRouter::with_openapi(openapi::frame()), |open, row| open.routes(row.routes));
    openapi::finish(&open.split_for_parts().1)
}

/// Every row of the table, jobs and pages included.
pub fn table() -> Vec<Route> {
    let mut table = Vec::new();
    for Row { function, rule, routes: (_, paths, _) } in api() {
        for (path, item) in &paths.paths {
            let methods = [("GET", &item.get), ("PUT", &item.put), ("POST", &item.post), ("DELETE", &item.delete)];
            for (method, _) in methods.into_iter().filter(|(_, operation)| operation.is_some()) {
                table.push(Route { function, method, path: path.clone(), access: format!("{:?}", rule.access), keyed: rule.keyed });
            }
        }
    }
    // The host matches functions in order of their names, so the catch-all comes last.
    let page = |(path, _)| Route {
        function: "website",
        method: "GET",
        path: String::from(path),
        access: format!("{:?}", Access::Public),
        keyed: false,
    };
    table.extend(public_pages().map(page));
    let job = |(path, _): (&'static str, MethodRouter<AppState>)| Route {
        function: path.trim_start_matches('/'),
        method: "POST",
        path: path.to_owned(),
        access: format!("{:?}", Access::Job),
        keyed: false,
    };
    table.extend(host_jobs().map(job));
    table
}
