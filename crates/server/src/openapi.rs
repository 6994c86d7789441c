//! The interface's own description.

use crate::problem::ProblemBody;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Lapwing",
        description = "One live picture of the low sky, which place each thing may reach, and the warnings that follow. \
                       It watches and warns; it never engages. Times are RFC 3339 UTC, angles degrees, lengths metres.",
        license(name = "MIT OR Apache-2.0")
    ),
    paths(
        crate::openapi::page,
        crate::site::site,
        crate::site::basemap,
        crate::site::sensors,
        crate::tracks::tracks,
        crate::tracks::track,
        crate::tracks::places,
        crate::tracks::aircraft,
        crate::warnings::warnings,
        crate::warnings::warning,
        crate::warnings::cap,
        crate::warnings::acknowledge,
        crate::warnings::cancel,
        crate::stream::stream,
        crate::status::status,
        crate::status::healthz,
        crate::metrics::metrics,
        crate::openapi::document,
    ),
    components(schemas(ProblemBody)),
    tags(
        (name = "site", description = "What does not change while it runs"),
        (name = "picture", description = "What is flying, and which place it may reach"),
        (name = "warnings", description = "What people are told"),
        (name = "operation", description = "How the program fares"),
    ),
    modifiers(&OtherErrors)
)]
struct Interface;

/// Every operation can be refused before it is reached (Host, Origin, method): always in the same form.
struct OtherErrors;

impl Modify for OtherErrors {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        for item in openapi.paths.paths.values_mut() {
            for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
                add_default(operation);
            }
        }
    }
}

fn add_default(operation: &mut Operation) {
    let problem = Ref::from_schema_name("ProblemBody");
    let response = ResponseBuilder::new()
        .description(
            "Any other error: 400 without a Host, 405 for another method, 421 for a Host that is not this machine",
        )
        .content(
            "application/json",
            ContentBuilder::new().schema(Some(problem)).build(),
        )
        .build();
    operation
        .responses
        .responses
        .insert("default".into(), RefOr::T(response));
}

/// The web map; or, where it was not built, how to build it. Its files lie beside it.
#[utoipa::path(
    get, path = "/", tag = "picture",
    responses((status = 200, description = "The page", content_type = "text/html", body = String))
)]
#[expect(
    dead_code,
    reason = "the page is served with the map's other files; this describes it"
)]
fn page() {}

/// This description.
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "operation",
    responses((status = 200, description = "An OpenAPI document", content_type = "application/json", body = String))
)]
pub(crate) async fn document() -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, openapi_json()).into_response()
}

/// The OpenAPI document of the interface, as JSON.
#[must_use]
pub fn openapi_json() -> String {
    Interface::openapi().to_json().unwrap_or_default()
}
