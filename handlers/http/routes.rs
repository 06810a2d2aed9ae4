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
use utoipa::openapi::{HttpMethod, path, security::SecurityRequirement};
use utoipa_axum::{PathItemExt, router::OpenApiRouter, router::UtoipaMethodRouter, routes};

/// A row of the table.
struct Row {
    function: &'static str,
    rule: Rule,
    operation: Operation,
}

/// A handler, and what is declared about it.
struct Operation {
    path: String,
    method: HttpMethod,
    handler: MethodRouter<AppState>,
    /// Without its schemas: collecting those takes longer than everything else that happens when the program starts.
    declared: fn() -> path::Operation,
    /// With all schemas.
    document: fn() -> UtoipaMethodRouter<AppState>,
}

/// The operation of a handler with one method. The inner arms of `routes!` find what `#[utoipa::path]` has generated beside the handler.
macro_rules! operation {
    ($($handler:tt)+) => {{
        let method = routes!(@path [methods()] of $($handler)+).pop().expect("a declared handler has a method");
        let handler = MethodRouter::new().on(method.to_method_filter(), $($handler)+);
        let path = routes!(@path [path()] of $($handler)+);
        let declared = || routes!(@path [operation()] of $($handler)+);
        Operation { path, method, handler, declared, document: || routes!($($handler)+) }
    }};
}

impl Operation {
    const fn method_name(&self) -> &'static str {
        match self.method {
            HttpMethod::Get => "GET",
            HttpMethod::Put => "PUT",
            HttpMethod::Post => "POST",
            HttpMethod::Delete => "DELETE",
            HttpMethod::Options => "OPTIONS",
            HttpMethod::Head => "HEAD",
            HttpMethod::Patch => "PATCH",
            HttpMethod::Trace => "TRACE",
        }
    }
}

impl Row {
    /// A row whose requests may carry an idempotency key.
    const fn keyed(function: &'static str, access: Access, operation: Operation) -> Self {
        Self { function, rule: Rule { access, keyed: true }, operation }
    }

    const fn of(function: &'static str, access: Access, operation: Operation) -> Self {
        Self { function, rule: Rule { access, keyed: false }, operation }
    }

    /// Its OpenAPI entry, which includes the refusals of every operation, and a session unless the route is public.
    fn document(&self) -> UtoipaMethodRouter<AppState> {
        let Rule { access, keyed } = self.rule;
        let mut routes = (self.operation.document)();
        for (name, operation) in routes.1.paths.iter_mut().flat_map(|(path, item)| openapi::operations(path, item)) {
            if keyed {
                operation.parameters.get_or_insert_default().push(openapi::idempotency_key().into());
            }
            if name == "post_logout" || (access.names_the_account() && name != "get_session") {
                operation.parameters.get_or_insert_default().push(openapi::account().into());
            }
            openapi_answers::refuse(access, !name.starts_with("get_"), operation);
            operation.operation_id = Some(name);
            // An empty list says that no session is needed.
            let session = (access != Access::Public).then(|| SecurityRequirement::new("session", [""; 0]));
            operation.security = Some(session.into_iter().collect());
        }
        routes
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

fn accounts_and_sessions() -> Vec<Row> {
    vec![
        Row::of("login", Access::Public, operation!(sign_in::login::password)),
        Row::of("login", Access::SecondFactorDue, operation!(sign_in::login::two_factor)),
        Row::of("login", Access::NewPasswordDue, operation!(sign_in::login::new_password)),
        Row::of("logout", Access::Public, operation!(sign_in::login::log_out)),
        Row::of("session", Access::SignedIn, operation!(sign_in::login::session)),
        Row::of("session", Access::SignedIn, operation!(sign_in::login::keep_alive)),
        Row::of("password-reset", Access::Public, operation!(sign_in::password_reset::request)),
        Row::of("password-check", Access::Choosing, operation!(sign_in::password_check::judge)),
        Row::of("account", Access::Enrolled, operation!(accounts::own::view)),
        Row::of("account", Access::Enrolled, operation!(accounts::own::change)),
        Row::of("account", Access::Enrolled, operation!(accounts::own::change_password)),
        Row::of("account", Access::Enrolled, operation!(accounts::own::change_email)),
        Row::of("two-factor", Access::SignedIn, operation!(sign_in::two_factor::start)),
        Row::of("two-factor", Access::SignedIn, operation!(sign_in::two_factor::confirm)),
        Row::of("two-factor", Access::Enrolled, operation!(sign_in::two_factor::renew_codes)),
        Row::of("two-factor", Access::Enrolled, operation!(sign_in::two_factor::codes_seen)),
        Row::of("two-factor", Access::Enrolled, operation!(sign_in::two_factor::disable)),
        Row::of("sessions", Access::Enrolled, operation!(sign_in::sessions::list)),
        Row::of("sessions", Access::Enrolled, operation!(sign_in::sessions::end_one)),
        Row::of("sessions", Access::Enrolled, operation!(sign_in::sessions::end_others)),
        Row::of("browsers", Access::Enrolled, operation!(sign_in::browsers::list)),
        Row::of("browsers", Access::Enrolled, operation!(sign_in::browsers::forget_one)),
        Row::of("browsers", Access::Enrolled, operation!(sign_in::browsers::forget_others)),
        Row::of("login-attempts", Access::Enrolled, operation!(sign_in::attempts::list)),
        Row::of("accounts", Access::Officer, operation!(accounts::administration::list)),
        Row::keyed("accounts", Access::Officer, operation!(accounts::administration::create)),
        Row::of("accounts", Access::Officer, operation!(accounts::administration::disable)),
        Row::of("accounts", Access::Officer, operation!(accounts::administration::enable)),
        Row::keyed("accounts", Access::Officer, operation!(accounts::administration::invite_again)),
        Row::of("accounts", Access::Officer, operation!(accounts::administration::confirm)),
        Row::of("accounts", Access::Officer, operation!(accounts::administration::change_address)),
        Row::of("accounts", Access::Officer, operation!(accounts::administration::change_controller)),
        Row::of("accounts", Access::Officer, operation!(accounts::administration::withdraw)),
        Row::of("accounts", Access::Officer, operation!(accounts::administration::unlock)),
        Row::of("accounts", Access::Officer, operation!(accounts::administration::attempts)),
    ]
}

fn client_files() -> Vec<Row> {
    vec![
        Row::keyed("clients", Access::Adviser, operation!(clients::files::create)),
        Row::of("clients", Access::Adviser, operation!(clients::files::search)),
        Row::of("clients", Access::Adviser, operation!(clients::files::read)),
        Row::of("clients", Access::Adviser, operation!(clients::files::replace)),
        Row::of("clients", Access::Adviser, operation!(clients::files::delete)),
        Row::of("clients", Access::Adviser, operation!(clients::restrictions::view)),
        Row::keyed("clients", Access::Adviser, operation!(clients::restrictions::take)),
        Row::of("clients", Access::Adviser, operation!(clients::restrictions::erase)),
        Row::of("clients", Access::Adviser, operation!(clients::trail::list)),
        Row::of("clients", Access::Adviser, operation!(clients::subject_report::report)),
        Row::of("clients", Access::Adviser, operation!(clients::subject_report::portability)),
        Row::of("imports", Access::Adviser, operation!(imports::template)),
        Row::keyed("imports", Access::Adviser, operation!(imports::begin)),
        Row::of("imports", Access::Adviser, operation!(imports::list)),
        Row::of("imports", Access::Adviser, operation!(imports::read)),
        Row::of("imports", Access::Adviser, operation!(imports::cancel)),
        Row::of("imports", Access::Adviser, operation!(imports::put_part)),
        Row::of("imports", Access::Adviser, operation!(imports::check)),
        Row::of("imports", Access::Adviser, operation!(imports::proceed)),
        Row::keyed("exports", Access::Adviser, operation!(exports::export)),
        Row::of("requests", Access::Adviser, operation!(requests::list)),
        Row::keyed("requests", Access::Adviser, operation!(requests::receive)),
        Row::of("requests", Access::Adviser, operation!(requests::read)),
        Row::keyed("requests", Access::Adviser, operation!(requests::step)),
        Row::of("retention", Access::Adviser, operation!(clients::retention::view)),
        Row::of("retention", Access::Adviser, operation!(clients::retention::choose)),
        Row::of("retention", Access::Adviser, operation!(clients::retention::proposals)),
        Row::of("hand-overs", Access::Officer, operation!(hand_overs::list)),
        Row::keyed("hand-overs", Access::Officer, operation!(hand_overs::propose)),
        Row::of("hand-overs", Access::Adviser, operation!(hand_overs::received)),
        Row::of("hand-overs", Access::Officer, operation!(hand_overs::read)),
        Row::of("hand-overs", Access::Officer, operation!(hand_overs::approve)),
        Row::of("hand-overs", Access::Officer, operation!(hand_overs::withdraw)),
        Row::of("hand-overs", Access::Enrolled, operation!(hand_overs::stop)),
    ]
}

fn registers() -> Vec<Row> {
    vec![
        Row::keyed("breaches", Access::Enrolled, operation!(breaches::register::report)),
        Row::of("breaches", Access::Officer, operation!(breaches::register::list)),
        Row::of("breaches", Access::Officer, operation!(breaches::register::read)),
        Row::of("breaches", Access::Officer, operation!(breaches::register::replace)),
        Row::keyed("breaches", Access::Officer, operation!(breaches::register::step)),
        Row::of("breaches", Access::Officer, operation!(breaches::register::next_report)),
        Row::keyed("breaches", Access::Officer, operation!(breaches::evidence::affected)),
        Row::keyed("breaches", Access::Officer, operation!(breaches::evidence::keys)),
        Row::keyed("breaches", Access::Officer, operation!(breaches::evidence::attach)),
        Row::of("breaches", Access::Officer, operation!(breaches::letters::drafts)),
        Row::keyed("breaches", Access::Officer, operation!(breaches::letters::send)),
        Row::of("breach-letters", Access::Adviser, operation!(breaches::letters::mine)),
        Row::of("organisation", Access::Enrolled, operation!(organisation::read)),
        Row::of("organisation", Access::Officer, operation!(organisation::replace)),
        Row::of("organisation", Access::Officer, operation!(organisation::confirm)),
        Row::of("processors", Access::Public, operation!(processors::public::list)),
        Row::of("processors", Access::Officer, operation!(processors::register::list)),
        Row::keyed("processors", Access::Officer, operation!(processors::register::create)),
        Row::keyed("processors", Access::Officer, operation!(processors::register::lay_platform)),
        Row::of("processors", Access::Officer, operation!(processors::register::read)),
        Row::of("processors", Access::Officer, operation!(processors::register::replace)),
        Row::keyed("processors", Access::Officer, operation!(processors::register::publish)),
        Row::keyed("processors", Access::Officer, operation!(processors::register::end)),
    ]
}

fn about_itself() -> Vec<Row> {
    vec![Row::of("health", Access::Public, operation!(health::check)), Row::of("openapi", Access::Public, operation!(openapi::document))]
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
    let mut router = Router::new();
    for Row { rule, operation, .. } in api() {
        let query = Parameters::of(&(operation.declared)());
        let guarded = operation.handler.route_layer(middleware::from_fn_with_state((state.clone(), rule, query), enforce));
        router = router.route(&operation.path, guarded);
    }
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
    let open = api().into_iter().fold(OpenApiRouter::with_openapi(openapi::frame()), |open, row| open.routes(row.document()));
    openapi::finish(&open.split_for_parts().1)
}

/// Every row of the table, jobs and pages included.
pub fn table() -> Vec<Route> {
    let route = |Row { function, rule, operation }: Row| {
        let access = format!("{:?}", rule.access);
        Route { function, method: operation.method_name(), path: operation.path, access, keyed: rule.keyed }
    };
    let mut table: Vec<Route> = api().into_iter().map(route).collect();
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
