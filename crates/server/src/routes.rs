//! Which address leads where.

use crate::problem::{Problem, quoted};
use crate::shared::Shared;
use crate::{assets, guard, metrics, openapi, site, status, stream, tracks, warnings};
use axum::Router;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::sync::Arc;

/// Every route: method and path. The files of the map come besides.
pub const ROUTES: &[(&str, &str)] = &[
    ("GET", "/"),
    ("GET", "/api/v1/basemap.geojson"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/v1/places"),
    ("GET", "/api/v1/sensors"),
    ("GET", "/api/v1/site"),
    ("GET", "/api/v1/status"),
    ("GET", "/api/v1/stream"),
    ("GET", "/api/v1/tracks"),
    ("GET", "/api/v1/tracks/{id}"),
    ("GET", "/api/v1/warnings"),
    ("GET", "/api/v1/warnings/{id}"),
    ("GET", "/api/v1/warnings/{id}.cap.xml"),
    ("POST", "/api/v1/warnings/{id}/acknowledge"),
    ("POST", "/api/v1/warnings/{id}/cancel"),
    ("GET", "/data/aircraft.json"),
    ("GET", "/healthz"),
    ("GET", "/metrics"),
];

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/api/v1/basemap.geojson", get(site::basemap))
        .route("/api/v1/openapi.json", get(openapi::document))
        .route("/api/v1/places", get(tracks::places))
        .route("/api/v1/sensors", get(site::sensors))
        .route("/api/v1/site", get(site::site))
        .route("/api/v1/status", get(status::status))
        .route("/api/v1/stream", get(stream::stream))
        .route("/api/v1/tracks", get(tracks::tracks))
        .route("/api/v1/tracks/{id}", get(tracks::track))
        .route("/api/v1/warnings", get(warnings::warnings))
        .route("/api/v1/warnings/{id}", get(warnings::one))
        .route(
            "/api/v1/warnings/{id}/acknowledge",
            post(warnings::acknowledge),
        )
        .route("/api/v1/warnings/{id}/cancel", post(warnings::cancel))
        .route("/data/aircraft.json", get(tracks::aircraft))
        .route("/healthz", get(status::healthz))
        .route("/metrics", get(metrics::metrics))
        .fallback(assets::fallback)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn(guard::guard))
        .with_state(shared)
}

async fn wrong_method(uri: Uri) -> Response {
    let posts = |(method, pattern): &&(&str, &str)| {
        let ending = pattern.rsplit('/').next().unwrap_or_default();
        *method == "POST" && uri.path().ends_with(&format!("/{ending}"))
    };
    let method = ROUTES.iter().find(posts).map_or("GET", |(m, _)| m);
    not_allowed(uri.path(), method)
}

/// The answer to a method that an address does not have.
pub(crate) fn not_allowed(path: &str, method: &'static str) -> Response {
    let mut response = Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "this address does not have that method",
        quoted(path, 200),
        format!("use {method}"),
    )
    .into_response();
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static(method));
    response
}
