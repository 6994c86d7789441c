//! What was counted, in Prometheus' text format 0.0.4 (the Prometheus Authors,
//! "Exposition formats"): for each name a HELP and a TYPE line, then its samples.

use crate::rows::origin_word;
use crate::shared::Shared;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use lapwing_engine::{Counters, SensorState, Snapshot};
use lapwing_model::{Origin, Stage, WarningState};
use std::fmt::{Display, Write as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A count: its name, what it means, its value.
pub(crate) type Count = (&'static str, &'static str, u64);

pub(crate) fn pipeline_counts(c: &Counters) -> Vec<Count> {
    vec![
        ("datagrams", "Datagrams and chunks taken", c.datagrams),
        ("bytes", "Bytes of the datagrams taken", c.bytes),
        ("reports", "Reports read", c.reports),
        ("looks", "Looks put together", c.looks),
        ("errors", "Errors in what was received", c.errors),
        (
            "undefined",
            "ASTERIX data blocks of categories that nothing defines",
            c.undefined,
        ),
        (
            "late",
            "Observations that came after their picture had been decided",
            c.late,
        ),
        (
            "stray_times",
            "Observations whose time leapt ahead and was never confirmed",
            c.stray_times,
        ),
        (
            "dropped",
            "Datagrams dropped because a queue was full",
            c.dropped,
        ),
        (
            "unknown_feed",
            "Datagrams of feeds that the run does not have",
            c.unknown_feed,
        ),
        (
            "sensors_refused",
            "Records of sources that the site does not name, beyond as many as may name themselves",
            c.sensors_refused,
        ),
    ]
}

pub(crate) fn tracker_counts(c: &lapwing_track::Counters) -> Vec<Count> {
    vec![
        ("looks", "Looks taken in by the tracker", c.looks),
        (
            "reports_used",
            "Reports that updated or started a track",
            c.reports_used,
        ),
        (
            "reports_gated_out",
            "Reports that no track took and that started none",
            c.reports_gated_out,
        ),
        (
            "reports_ignored",
            "Reports that say nothing the tracker can use",
            c.reports_ignored,
        ),
        (
            "reports_unplaced",
            "Reports of a sensor that is not described or not placed",
            c.reports_unplaced,
        ),
        (
            "reports_invalid",
            "Reports that were not for their look's sensor, or not numbers",
            c.reports_invalid,
        ),
        (
            "reports_late",
            "Reports older than what they speak of by more than is allowed",
            c.reports_late,
        ),
        ("births", "Tracks started from measurements", c.births),
        (
            "births_refused",
            "Reports that would have started a track beyond the greatest number",
            c.births_refused,
        ),
        (
            "confirmations",
            "Tracks from measurements that passed the confirmation threshold",
            c.confirmations,
        ),
        ("deaths", "Tracks from measurements deleted", c.deaths),
        (
            "misses",
            "Tracks tested by a look and not reported",
            c.misses,
        ),
        ("system_births", "System tracks started", c.system_births),
        (
            "claim_births",
            "Tracks of self-reports started",
            c.claim_births,
        ),
    ]
}

/// Everything counted and measured, for Prometheus.
#[utoipa::path(
    get, path = "/metrics", tag = "operation",
    responses((status = 200, description = "Prometheus' text format", content_type = "text/plain", body = String))
)]
pub(crate) async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let text = exposition(&shared, &shared.hub.latest());
    let kind = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (kind, text).into_response()
}

fn exposition(shared: &Shared, snapshot: &Snapshot) -> String {
    let mut out = Exposition(String::with_capacity(8 * 1024));
    for (name, help, value) in pipeline_counts(&snapshot.counters) {
        out.counter(&format!("lapwing_{name}_total"), help, value);
    }
    for (name, help, value) in tracker_counts(&snapshot.tracker) {
        out.counter(&format!("lapwing_tracker_{name}_total"), help, value);
    }
    let (log, output) = (&snapshot.log_trouble, &snapshot.output_trouble);
    out.counter(
        "lapwing_log_failures_total",
        "Times the recording refused",
        log.0,
    );
    out.counter(
        "lapwing_output_failures_total",
        "Times an output refused",
        output.0,
    );

    let tracks = snapshot.picture.as_ref().map_or(&[][..], |p| &p.tracks);
    out.family(
        "lapwing_tracks",
        "gauge",
        "Tracks in the picture, by origin and whether confirmed",
    );
    for origin in [Origin::Tracker, Origin::System, Origin::Claim] {
        for confirmed in [true, false] {
            let is = |t: &&lapwing_model::Track| t.origin == origin && t.confirmed == confirmed;
            out.sample(
                "lapwing_tracks",
                &[
                    ("origin", origin_word(origin)),
                    ("confirmed", if confirmed { "true" } else { "false" }),
                ],
                tracks.iter().filter(is).count(),
            );
        }
    }

    out.family("lapwing_warnings", "gauge", "Warnings in force, by stage");
    let in_force = |s: WarningState| matches!(s, WarningState::Active | WarningState::Acknowledged);
    for stage in [Stage::Advisory, Stage::Prepare, Stage::Act, Stage::AllClear] {
        let warnings = snapshot.warnings.iter();
        let count = warnings
            .filter(|w| w.stage == stage && in_force(w.state))
            .count();
        out.sample("lapwing_warnings", &[("stage", stage.as_str())], count);
    }
    out.family(
        "lapwing_warnings_unacknowledged",
        "gauge",
        "Warnings in force that nobody has acknowledged",
    );
    let active = snapshot
        .warnings
        .iter()
        .filter(|w| w.state == WarningState::Active);
    out.sample("lapwing_warnings_unacknowledged", &[], active.count());

    out.family("lapwing_sensors", "gauge", "Sensors, by state");
    for state in [SensorState::Alive, SensorState::Silent, SensorState::Never] {
        let sensors = snapshot.sensors.iter();
        let count = sensors.filter(|s| s.health.state == state).count();
        out.sample("lapwing_sensors", &[("state", state.as_str())], count);
    }
    out.family(
        "lapwing_sensor_reports_total",
        "counter",
        "Reports, by sensor",
    );
    for sensor in snapshot.sensors.iter() {
        let labels = [
            ("sensor", sensor.spec.id.as_str()),
            ("kind", sensor.spec.kind.as_str()),
        ];
        out.sample(
            "lapwing_sensor_reports_total",
            &labels,
            sensor.health.reports,
        );
    }

    out.family(
        "lapwing_picture_time_seconds",
        "gauge",
        "The picture's own time, s since 1970 UTC",
    );
    if let Some(time) = snapshot.time() {
        out.sample("lapwing_picture_time_seconds", &[], time.as_seconds());
    }
    out.family(
        "lapwing_picture_age_seconds",
        "gauge",
        "Age of the picture: in a live picture by the clock, else since its time last moved",
    );
    if let Some(age_s) = shared.picture_age_s(snapshot) {
        out.sample("lapwing_picture_age_seconds", &[], age_s);
    }
    out.family("lapwing_stream_clients", "gauge", "Open streams");
    out.sample("lapwing_stream_clients", &[], shared.clients());
    let frames = shared.frames.load(Ordering::Relaxed);
    out.counter(
        "lapwing_stream_frames_total",
        "Frames sent on all streams",
        frames,
    );
    let slow = shared.slow_clients.load(Ordering::Relaxed);
    out.counter(
        "lapwing_stream_slow_clients_total",
        "Streams let go because their client took nothing",
        slow,
    );
    out.family(
        "lapwing_uptime_seconds",
        "gauge",
        "Since the server started",
    );
    out.sample(
        "lapwing_uptime_seconds",
        &[],
        shared.started.elapsed().as_secs_f64(),
    );
    out.family(
        "lapwing_info",
        "gauge",
        "Always 1; the version and the mode are its labels",
    );
    let labels = [
        ("version", env!("CARGO_PKG_VERSION")),
        ("mode", snapshot.mode.as_str()),
    ];
    out.sample("lapwing_info", &labels, 1);
    out.0
}

struct Exposition(String);

// A String takes every write: what these functions leave unread cannot be an error.
impl Exposition {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.family(name, "counter", help);
        self.sample(name, &[], value);
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.0.push_str(name);
        for (index, (label, text)) in labels.iter().enumerate() {
            let escaped = text
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n");
            let open = if index == 0 { '{' } else { ',' };
            let _ = write!(self.0, "{open}{label}=\"{escaped}\"");
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
        let _ = writeln!(self.0, " {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        let mut out = Exposition(String::new());
        out.sample("lapwing_x", &[("a", "b\"c\\d\ne"), ("f", "g")], 1.5);
        assert_eq!(out.0, "lapwing_x{a=\"b\\\"c\\\\d\\ne\",f=\"g\"} 1.5\n");
    }
}
