//! Every error of the interface in one form: what went wrong, where, and how to mend it.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// What went wrong, where, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ProblemText {
    /// What went wrong.
    pub(crate) what: String,
    /// Where: a path, a header, a key of the body.
    pub(crate) r#where: String,
    /// How to mend it.
    pub(crate) mend: String,
}

/// The body of every answer that is an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    /// The error.
    pub(crate) error: ProblemText,
}

/// An answer that is an error.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    body: ProblemBody,
}

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        what: impl Into<String>,
        location: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            status,
            body: ProblemBody {
                error: ProblemText {
                    what: what.into(),
                    r#where: location.into(),
                    mend: mend.into(),
                },
            },
        }
    }

    pub(crate) fn not_found(
        what: impl Into<String>,
        location: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self::new(StatusCode::NOT_FOUND, what, location, mend)
    }

    pub(crate) fn bad_request(
        what: impl Into<String>,
        location: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self::new(StatusCode::BAD_REQUEST, what, location, mend)
    }

    /// The pipeline does not answer.
    pub(crate) fn unavailable(location: impl Into<String>) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the pipeline did not take the request in time",
            location,
            "try again; if it lasts, see /api/v1/status and restart lapwing",
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(self.body)).into_response()
    }
}

/// At most `max` characters of a foreign text, fit to be quoted in an error.
pub(crate) fn quoted(text: &str, max: usize) -> String {
    let mut out: String = text
        .chars()
        .take(max)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(max).is_some() {
        out.push('…');
    }
    out
}
