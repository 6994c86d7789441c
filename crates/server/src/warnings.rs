//! Warnings: the list, one of them, its CAP document, and what an operator does with it.

use crate::problem::{Problem, ProblemBody, quoted};
use crate::shared::Shared;
use crate::views::WarningView;
use axum::Json;
use axum::body::to_bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lapwing_engine::{Message, Operator};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;
use utoipa::{IntoResponses, ToSchema};

/// Bytes of a body at most.
const BODY_MAX: usize = 16 * 1024;
/// A body has this long to arrive.
const BODY_WAIT_MAX: Duration = Duration::from_secs(10);
/// Characters of a name at most.
const NAME_MAX: usize = 100;
/// Characters of a reason at most.
const REASON_MAX: usize = 500;
const CAP_ENDING: &str = ".cap.xml";

/// Who acknowledges.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acknowledgement {
    /// Who has seen the warning.
    by: String,
}

/// Who cancels, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cancellation {
    /// Who cancels the warning.
    by: String,
    /// Why: it goes out with the cancellation.
    reason: String,
}

/// Every warning in force or lately ended.
#[utoipa::path(
    get, path = "/api/v1/warnings", tag = "warnings",
    responses((status = 200, body = Vec<WarningView>))
)]
pub(crate) async fn warnings(State(shared): State<Arc<Shared>>) -> Json<Vec<WarningView>> {
    let snapshot = shared.hub.latest();
    Json(snapshot.warnings.iter().map(WarningView::from).collect())
}

/// One warning, or its CAP document: the router cannot tell an id from an id with an ending.
pub(crate) async fn one(
    state: State<Arc<Shared>>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let id = path(id)?;
    match id.strip_suffix(CAP_ENDING) {
        Some(id) => cap(state, id).await,
        None => warning(state, &id).await,
    }
}

/// One warning.
#[utoipa::path(
    get, path = "/api/v1/warnings/{id}", tag = "warnings",
    params(("id" = String, Path, description = "The warning's id, such as 1-w7")),
    responses((status = 200, body = WarningView), (status = 404, body = ProblemBody))
)]
async fn warning(State(shared): State<Arc<Shared>>, id: &str) -> Result<Response, Problem> {
    let snapshot = shared.hub.latest();
    let found = snapshot.warnings.iter().find(|w| w.id.0 == id);
    found
        .map(|w| Json(WarningView::from(w)).into_response())
        .ok_or_else(|| unknown(id))
}

/// A warning's newest version as a CAP 1.2 document, the same bytes as in every outbox.
#[utoipa::path(
    get, path = "/api/v1/warnings/{id}.cap.xml", tag = "warnings",
    params(("id" = String, Path, description = "The warning's id, such as 1-w7")),
    responses(
        (status = 200, description = "A CAP 1.2 alert", content_type = "application/cap+xml", body = String),
        (status = 404, body = ProblemBody),
        (status = 500, description = "The store of warnings refuses", body = ProblemBody),
        (status = 503, description = "The pipeline does not answer", body = ProblemBody),
    )
)]
async fn cap(State(shared): State<Arc<Shared>>, id: &str) -> Result<Response, Problem> {
    let wanted = id.to_owned();
    let document = shared
        .ask(&location(id), |reply| Message::Cap(wanted, reply))
        .await?
        .map_err(|reason| {
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                format!("the store of warnings refuses: {reason}"),
                location(id),
                "see output_trouble in /api/v1/status; the disk may be full",
            )
        })?;
    let xml = document.ok_or_else(|| unknown(id))?;
    Ok(([(header::CONTENT_TYPE, "application/cap+xml")], xml).into_response())
}

/// What an operator's action is answered with.
#[derive(IntoResponses)]
#[expect(
    dead_code,
    clippy::large_enum_variant,
    reason = "a description for the interface document, never built"
)]
enum Answers {
    /// The warning's new version.
    #[response(status = 200)]
    Done(WarningView),
    /// The body is not of its form.
    #[response(status = 400)]
    NotOfItsForm(ProblemBody),
    /// The page is another server's.
    #[response(status = 403)]
    AnotherPage(ProblemBody),
    /// There is no such warning.
    #[response(status = 404)]
    Unknown(ProblemBody),
    /// The body did not arrive in time.
    #[response(status = 408)]
    TooSlow(ProblemBody),
    /// The warning is over.
    #[response(status = 409)]
    Over(ProblemBody),
    /// The body is too long.
    #[response(status = 413)]
    TooLong(ProblemBody),
    /// The body is not JSON.
    #[response(status = 415)]
    NotJson(ProblemBody),
    /// The pipeline does not answer.
    #[response(status = 503)]
    NoAnswer(ProblemBody),
}

/// An operator has seen a warning.
#[utoipa::path(
    post, path = "/api/v1/warnings/{id}/acknowledge", tag = "warnings",
    params(("id" = String, Path, description = "The warning's id, such as 1-w7")),
    request_body = Acknowledgement,
    responses(Answers)
)]
pub(crate) async fn acknowledge(
    State(shared): State<Arc<Shared>>,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Json<WarningView>, Problem> {
    let (warning, body): (_, Acknowledgement) = asked(id, request).await?;
    let by = words("by", &body.by, NAME_MAX)?;
    act(&shared, Operator::Acknowledge { warning, by }).await
}

/// An operator withdraws a warning.
#[utoipa::path(
    post, path = "/api/v1/warnings/{id}/cancel", tag = "warnings",
    params(("id" = String, Path, description = "The warning's id, such as 1-w7")),
    request_body = Cancellation,
    responses(Answers)
)]
pub(crate) async fn cancel(
    State(shared): State<Arc<Shared>>,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Json<WarningView>, Problem> {
    let (warning, body): (_, Cancellation) = asked(id, request).await?;
    let operator = Operator::Cancel {
        warning,
        by: words("by", &body.by, NAME_MAX)?,
        reason: words("reason", &body.reason, REASON_MAX)?,
    };
    act(&shared, operator).await
}

/// The warning that an action is for, and what the body says of it.
async fn asked<T: DeserializeOwned>(
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<(String, T), Problem> {
    Ok((path(id)?, read(request).await?))
}

async fn act(shared: &Shared, operator: Operator) -> Result<Json<WarningView>, Problem> {
    let (Operator::Acknowledge { warning: id, .. } | Operator::Cancel { warning: id, .. }) =
        &operator;
    let id = id.clone();
    let known = shared.hub.latest().warnings.iter().any(|w| w.id.0 == id);
    if !known {
        return Err(unknown(&id));
    }
    let answer = shared
        .ask(&location(&id), |reply| Message::Operator(operator, reply))
        .await?;
    match answer {
        Ok(warning) => Ok(Json(WarningView::from(&warning))),
        Err(reason) => Err(Problem::new(
            StatusCode::CONFLICT,
            reason,
            location(&id),
            "look at the warning's newest version; if it is over, nothing needs to be done",
        )),
    }
}

fn path(id: Result<Path<String>, PathRejection>) -> Result<String, Problem> {
    id.map(|Path(id)| id).map_err(|e| {
        Problem::bad_request(
            e.body_text(),
            "warning id",
            "take the id from /api/v1/warnings",
        )
    })
}

fn location(id: &str) -> String {
    format!("warning `{}`", quoted(id, 40))
}

fn unknown(id: &str) -> Problem {
    Problem::not_found(
        "there is no such warning",
        location(id),
        "take the id from /api/v1/warnings; one that ended long ago is in the recording",
    )
}

/// A text that a person wrote: something, not too long, on one line.
fn words(key: &str, text: &str, max: usize) -> Result<String, Problem> {
    let text = text.trim();
    let what = if text.is_empty() {
        format!("`{key}` is empty")
    } else if text.chars().count() > max {
        format!("`{key}` is longer than {max} characters")
    } else if text.chars().any(char::is_control) {
        format!("`{key}` has control characters")
    } else {
        return Ok(text.to_owned());
    };
    Err(Problem::bad_request(
        what,
        format!("body, key `{key}`"),
        format!("write 1 to {max} characters on one line"),
    ))
}

async fn read<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    if !is_json(request.headers()) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the body is not said to be JSON",
            "header Content-Type",
            "send `Content-Type: application/json`",
        ));
    }
    let body = tokio::time::timeout(BODY_WAIT_MAX, to_bytes(request.into_body(), BODY_MAX))
        .await
        .map_err(|_| {
            Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                "the body did not arrive in time",
                "body",
                "send it at once",
            )
        })?
        .map_err(|_| {
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("the body is longer than {BODY_MAX} bytes, or broke off"),
                "body",
                "send only the keys that are asked for",
            )
        })?;
    serde_json::from_slice(&body).map_err(|e| {
        Problem::bad_request(
            quoted(&e.to_string(), 200),
            format!("body, line {}, column {}", e.line(), e.column()),
            "send the keys that /api/v1/openapi.json names, and no others",
        )
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.split(';').next())
        .is_some_and(|v| v.trim().eq_ignore_ascii_case("application/json"))
}
