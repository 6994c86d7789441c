//! How the run fares: for people, and for programs that only ask whether it lives.

use crate::assets::ASSETS;
use crate::metrics;
use crate::shared::Shared;
use crate::views::StatusView;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// How the run fares: mode, time and age of the picture, what was counted, what refused.
#[utoipa::path(
    get, path = "/api/v1/status", tag = "operation",
    responses((status = 200, body = StatusView))
)]
pub(crate) async fn status(State(shared): State<Arc<Shared>>) -> Json<StatusView> {
    let snapshot = shared.hub.latest();
    let tracks = snapshot.picture.as_ref().map_or(&[][..], |p| &p.tracks);
    let named = |counts: Vec<metrics::Count>| counts.into_iter().map(|c| (c.0, c.2)).collect();
    Json(StatusView {
        name: shared.options.site_name.clone(),
        version: env!("CARGO_PKG_VERSION"),
        mode: snapshot.mode.as_str(),
        speed: snapshot.speed,
        ended: snapshot.ended,
        uptime_s: shared.started.elapsed().as_secs_f64(),
        time: snapshot.time(),
        picture_age_s: shared.picture_age_s(&snapshot),
        revision: snapshot.revision,
        tracks: tracks.len(),
        tracks_confirmed: tracks.iter().filter(|t| t.confirmed).count(),
        counters: named(metrics::pipeline_counts(&snapshot.counters)),
        tracker: named(metrics::tracker_counts(&snapshot.tracker)),
        log_trouble: (&snapshot.log_trouble).into(),
        output_trouble: (&snapshot.output_trouble).into(),
        stream_clients: shared.clients(),
        map_built_in: !ASSETS.is_empty(),
    })
}

/// Whether the server answers; says nothing of the picture.
#[utoipa::path(
    get, path = "/healthz", tag = "operation",
    responses((status = 200, description = "`ok`", content_type = "text/plain", body = String))
)]
pub(crate) async fn healthz() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (kind, "ok\n").into_response()
}
