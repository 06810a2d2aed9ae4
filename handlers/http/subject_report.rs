//! Function `clients`: for the data subject of a file, a report or a copy of the file.

use super::{
    access::{Caller, Proof},
    answer::Answer,
    body::{JsonBody, NoBody},
    clients::parse_id,
    exports::{ExportBody, dress},
    file_answer,
    path::PathId,
    problem::Problem,
    public_processors::{PublicProcessor, public},
    state::AppState,
};
use crate::{
    domain::{
        breach::words::Day,
        client::answer::ClientAnswer,
        credentials::TypedPassword,
        export::Format,
        ids::ClientId,
        processor::words::RegisterText,
        request::{
            kinds::{RequestKind, RequestState},
            record::RequestSummary,
        },
        retention::{Retention, RetentionMonths},
        session::{Adviser, Full, Session},
        standing_step::StandingNote,
        subject_rights::{DataSource, PURPOSES, Purpose, RIGHTS, SubjectRight},
        trail::AuditAction,
    },
    flows::{
        file_trail::{TrailActor, TrailLine},
        portability,
        subject_report::{self, SubjectReport},
    },
};
use axum::{extract::State, response::Response};
use jiff::Timestamp;
use serde::Serialize;

/// The report for the person whose data a file holds (art. 15 GDPR).
#[derive(Serialize, utoipa::ToSchema)]
pub struct SubjectReportAnswer {
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    /// Who keeps the file.
    pub adviser: ReportingAdviser,
    /// The data: the whole file.
    pub client: ClientAnswer,
    /// Blocking, keeping and marking, with the reasons.
    pub notes: Vec<StandingNote>,
    /// What it is kept for.
    pub purposes: Vec<Purpose>,
    /// Where the data came from.
    pub sources: Vec<DataSource>,
    /// Who else works with it.
    pub recipients: Vec<PublicProcessor>,
    /// How long it is kept; nothing where no period was chosen.
    #[schema(required)]
    pub retention: Option<ReportedRetention>,
    /// What the person may ask for.
    pub rights: Vec<SubjectRight>,
    /// What was asked for before.
    pub requests: Vec<ReportedRequest>,
    /// Whether anything is decided about the person by a machine alone (art. 22): nothing is.
    pub automated_decisions: bool,
    /// Who did what with the file, newest first.
    pub trail: Vec<ReportedDeed>,
}

/// Who keeps a file.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ReportingAdviser {
    /// By the name of the account.
    pub name: String,
    /// Where the person can write to.
    pub email: String,
}

/// How long a file is kept.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ReportedRetention {
    /// Months after its last change.
    pub months: RetentionMonths,
    /// Why so long.
    pub reason: RegisterText,
    /// The last day.
    pub keep_until: Day,
}

/// A request of the person.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ReportedRequest {
    /// When it came.
    pub received_on: Day,
    /// What was asked.
    pub kind: RequestKind,
    /// When the answer is due.
    pub due_on: Day,
    /// Whether it was answered.
    pub state: RequestState,
}

/// Something that was done with a file, as its person may know it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ReportedDeed {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What.
    pub deed: AuditAction,
    /// By which adviser; nothing when it was no person, or the account is gone.
    #[schema(required)]
    pub by: Option<String>,
    /// Whether it happened at a predecessor.
    pub former: bool,
}

/// Makes the report; also while the use of the file is blocked.
#[utoipa::path(post, path = "/api/clients/{id}/report", tag = "clients", params(("id" = String, Path)),
    responses((status = 200, body = SubjectReportAnswer)))]
pub(super) async fn report(
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

/// The file as a document for the person to take along (art. 20 GDPR), marked; also while its use is blocked.
#[utoipa::path(post, path = "/api/clients/{id}/portability", tag = "clients", request_body = ExportBody, params(("id" = String, Path)),
    responses((status = 200, content((super::exports::ExportedFiles = "application/json"), (String = "text/csv")))))]
pub(super) async fn portability(
    State(state): State<AppState>,
    Proof(session): Proof<Session<Full>>,
    Proof(adviser): Proof<Adviser>,
    Caller(visitor): Caller,
    PathId(id): PathId,
    JsonBody(mut fields): JsonBody,
) -> Result<Response, Problem> {
    let id = parse_id(&id)?;
    let format = fields.required("format", Format::parse);
    let password = fields.required("password", |text| Ok(TypedPassword::parse(text).ok()));
    let (format, password) = fields.finish(format.zip(password)).map_err(Problem::fields)?;
    let made = portability::make(&state.services, &session, &adviser, id, (format, password.as_ref()), &visitor).await?;
    let (content_type, name) = dress(&made.export);
    Ok(file_answer::whole(content_type, &name, made.bytes))
}

fn answer(id: ClientId, report: SubjectReport) -> SubjectReportAnswer {
    let (name, email) = report.adviser;
    let kept = report.kept;
    SubjectReportAnswer {
        made_at: report.made_at,
        adviser: ReportingAdviser { name: name.as_str().to_owned(), email: email.as_str().to_owned() },
        notes: kept.standing.notes().to_vec(),
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
