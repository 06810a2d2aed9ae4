//! Function `clients`: for the data subject of a file, a report or a copy of the file.

use super::files::parse_id;
use crate::http::{
    access::{Caller, Proof},
    answer::Answer,
    body::{NoBody, Unread},
    clients::download,
    exports::{ExportBody, dress},
    path::PathId,
    problem::Problem,
    processors::public::{PublicProcessor, public},
    state::AppState,
};
use crate::{
    domain::{
        clients::{
            answer::ClientAnswer,
            restriction_step::RestrictionNote,
            retention::{Retention, RetentionMonths},
            subject_rights::{DataSource, PURPOSES, Purpose, RIGHTS, SubjectRight},
            trail::AuditAction,
        },
        ids::ClientId,
        organisation::details::Controller,
        processors::words::RegisterText,
        requests::{
            kinds::{RequestKind, RequestState},
            record::RequestSummary,
        },
        sign_in::session::{Adviser, Full, Session},
        wire::values::Day,
    },
    flows::clients::{
        portability,
        subject_report::{self, SubjectReport},
        trail::{TrailActor, TrailLine},
    },
};
use axum::{extract::State, response::Response};
use jiff::Timestamp;
use serde::Serialize;

/// A report for the data subject of a file (art. 15 GDPR).
#[derive(Serialize, utoipa::ToSchema)]
pub struct SubjectReportAnswer {
    /// When the report was made.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    /// The adviser who keeps the file.
    pub adviser: ReportingAdviser,
    /// The firm that decides about the data (controller, art. 4(7)); absent if it is not filled in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub controller: Option<Controller>,
    /// The complete client file.
    pub client: ClientAnswer,
    /// Restrictions, legal holds and marks for erasure, with their reasons.
    pub notes: Vec<RestrictionNote>,
    /// The purposes for which the file is kept.
    pub purposes: Vec<Purpose>,
    /// Where the data came from.
    pub sources: Vec<DataSource>,
    /// The recipients of the data: the sub-processors in use.
    pub recipients: Vec<PublicProcessor>,
    /// How long the file is kept; `null` if the adviser has chosen no period.
    #[schema(required)]
    pub retention: Option<ReportedRetention>,
    /// The rights of the data subject.
    pub rights: Vec<SubjectRight>,
    /// Earlier requests of data subjects that concern this file.
    pub requests: Vec<ReportedRequest>,
    /// Whether there is automated decision-making (art. 22); always `false`.
    pub automated_decisions: bool,
    /// The history of the file, newest first.
    pub trail: Vec<ReportedDeed>,
}

/// The adviser who keeps a file.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ReportingAdviser {
    /// The adviser's display name.
    pub name: String,
    /// The adviser's e-mail address, for questions.
    pub email: String,
}

/// How long a file is kept.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ReportedRetention {
    /// Number of months after the last change of the file.
    pub months: RetentionMonths,
    /// Why it is kept for that long.
    pub reason: RegisterText,
    /// The last day of the retention period.
    pub keep_until: Day,
}

/// A request of a data subject.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ReportedRequest {
    /// The day on which it was received.
    pub received_on: Day,
    /// The right that was exercised.
    pub kind: RequestKind,
    /// The last day for an answer.
    pub due_on: Day,
    /// Whether it was answered.
    pub state: RequestState,
}

/// An action on the file, as the data subject may see it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ReportedDeed {
    /// When the action took place.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The kind of action.
    pub deed: AuditAction,
    /// Name of the adviser who acted; `null` if nobody did in person, or the account no longer exists.
    #[schema(required)]
    pub by: Option<String>,
    /// `true` if recorded under a previous adviser.
    pub former: bool,
}

/// Creates the access report for the data subject. Works while processing is restricted.
#[utoipa::path(post, path = "/api/clients/{id}/report", tag = "clients", params(("id" = String, Path)),
    responses((status = 200, body = SubjectReportAnswer)))]
pub(in crate::http) async fn report(
    State(state): State<AppState>,
    Proof(adviser): Proof<Adviser>,
    PathId(id): PathId,
    _: NoBody,
) -> Result<Answer, Problem> {
    let id = parse_id(&id)?;
    let report = subject_report::make(&state.services, &adviser, id).await;
    let report = report.map_err(|failure| Into::<Problem>::into(failure).and_not_done())?;
    Ok(Answer::ok(&answer(id, report)))
}

/// Exports the file for the data subject (data portability, art. 20 GDPR), watermarked. Works while processing is restricted.
#[utoipa::path(post, path = "/api/clients/{id}/portability", tag = "clients", request_body = ExportBody, params(("id" = String, Path)),
    responses((status = 200, content((crate::http::exports::ExportedFiles = "application/json"), (String = "text/csv"))), (status = 429)))]
pub(in crate::http) async fn portability(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Proof(adviser): Proof<Adviser>,
    Caller(visitor): Caller,
    PathId(id): PathId,
    body: Unread<ExportBody>,
) -> Result<Response, Problem> {
    let id = parse_id(&id)?;
    let ExportBody { format, password } = body.read()?;
    let made = portability::make(&state.services, &session, &adviser, id, (format, password.ok().as_ref()), &visitor).await?;
    let (content_type, name) = dress(&made.export);
    Ok(download::whole(content_type, &name, made.bytes))
}

fn answer(id: ClientId, report: SubjectReport) -> SubjectReportAnswer {
    let (name, email) = report.adviser;
    let kept = report.kept;
    SubjectReportAnswer {
        made_at: report.made_at,
        controller: report.controller,
        adviser: ReportingAdviser { name: name.as_str().to_owned(), email: email.as_str().to_owned() },
        notes: kept.restrictions.notes().to_vec(),
        client: ClientAnswer::of(id, kept.created_at, kept.updated_at, kept.file),
        purposes: PURPOSES.to_vec(),
        sources: report.sources.into_iter().collect(),
        recipients: report.recipients.iter().map(public).collect(),
        retention: report.retention.map(|(keep_until, Retention { months, reason })| ReportedRetention { months, reason, keep_until }),
        requests: report.requests.into_iter().map(request).collect(),
        rights: RIGHTS.to_vec(),
        automated_decisions: false,
        trail: report.trail.into_iter().map(deed).collect(),
    }
}

fn request(RequestSummary { received_on, kind, due_on, state, .. }: RequestSummary) -> ReportedRequest {
    ReportedRequest { received_on, kind, due_on, state }
}

fn deed(line: TrailLine) -> ReportedDeed {
    let by = match line.by {
        TrailActor::Adviser { name, .. } => name.map(|name| name.as_str().to_owned()),
        TrailActor::HandOver | TrailActor::Replay | TrailActor::Later(_) => None,
    };
    ReportedDeed { at: line.at, deed: line.deed, by, former: line.former }
}
