//! The site, its base map, its sensors.

use crate::problem::ProblemBody;
use crate::shared::Shared;
use crate::views::{SensorView, Shape, SiteSensor, SiteView};
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use lapwing_engine::{ShownSensor, Snapshot};
use lapwing_geo::{Area, Geodetic, destination};
use std::f64::consts::FRAC_PI_2;
use std::sync::Arc;

/// The site: its name, places, areas, sensors, and what to show first.
#[utoipa::path(
    get, path = "/api/v1/site", tag = "site",
    responses((status = 200, body = SiteView))
)]
pub(crate) async fn site(State(shared): State<Arc<Shared>>) -> Json<SiteView> {
    let snapshot = shared.hub.latest();
    let site = &shared.options.site;
    Json(SiteView {
        name: shared.options.site_name.clone(),
        mode: snapshot.mode.as_str(),
        version: env!("CARGO_PKG_VERSION"),
        node: shared.options.node.to_string(),
        bounds: bounds(&shared, &snapshot),
        places: site
            .places
            .iter()
            .map(|p| shape(&p.id.0, &p.name, &p.area))
            .collect(),
        sensors: snapshot.sensors.iter().map(sensor).collect(),
        areas: site
            .areas
            .iter()
            .map(|a| shape(&a.id, &a.name, &a.area))
            .collect(),
    })
}

/// The site's own base map, as GeoJSON; empty where it has none.
#[utoipa::path(
    get, path = "/api/v1/basemap.geojson", tag = "site",
    responses((status = 200, description = "A GeoJSON FeatureCollection", content_type = "application/geo+json", body = String))
)]
pub(crate) async fn basemap(State(shared): State<Arc<Shared>>) -> Response {
    const NONE: &str = r#"{"type":"FeatureCollection","features":[]}"#;
    let text = shared.options.site.basemap.as_deref().unwrap_or(NONE);
    let kind = [(header::CONTENT_TYPE, "application/geo+json")];
    (kind, text.to_owned()).into_response()
}

/// The sensors, and how each fares.
#[utoipa::path(
    get, path = "/api/v1/sensors", tag = "site",
    responses((status = 200, body = Vec<SensorView>), (status = 421, body = ProblemBody))
)]
pub(crate) async fn sensors(State(shared): State<Arc<Shared>>) -> Json<Vec<SensorView>> {
    let snapshot = shared.hub.latest();
    let view = |s: &ShownSensor| SensorView {
        sensor: sensor(s),
        state: s.health.state.as_str(),
        last: s.health.last,
        reports: s.health.reports,
        registration: s.registration.map(Into::into),
    };
    Json(snapshot.sensors.iter().map(view).collect())
}

fn sensor(shown: &ShownSensor) -> SiteSensor {
    let spec = &shown.spec;
    SiteSensor {
        id: spec.id.clone(),
        kind: spec.kind.as_str(),
        lat_deg: spec.position.map(|p| p.lat_deg),
        lon_deg: spec.position.map(|p| p.lon_deg),
        height_m: spec.position.map(|p| p.height_m),
        height_datum: "ellipsoid",
    }
}

pub(crate) fn shape(id: &str, name: &str, area: &Area) -> Shape {
    let (centre, polygon) = match area {
        Area::Disc { centre, radius_m } => (Some((*centre, *radius_m)), None),
        Area::Polygon(polygon) => (None, Some(polygon)),
    };
    Shape {
        id: id.to_owned(),
        name: name.to_owned(),
        lat_deg: centre.map(|(c, _)| c.lat_deg),
        lon_deg: centre.map(|(c, _)| c.lon_deg),
        radius_m: centre.map(|(_, r)| r),
        polygon: polygon.map(|p| {
            let corners = p.corners().iter();
            corners.map(|c| [c.lon_deg, c.lat_deg]).collect()
        }),
    }
}

/// West, south, east, north of everything that stands still; none if there is nothing,
/// or if it lies on both sides of the antimeridian, where two numbers cannot say it.
fn bounds(shared: &Shared, snapshot: &Snapshot) -> Option<[f64; 4]> {
    let site = &shared.options.site;
    let areas = site.places.iter().map(|p| &p.area);
    let areas = areas.chain(site.areas.iter().map(|a| &a.area));
    let points = areas
        .flat_map(outline)
        .chain(snapshot.sensors.iter().filter_map(|s| s.spec.position));
    let bounds = points.fold(None, |so_far: Option<[f64; 4]>, p| {
        let [w, s, e, n] = so_far.unwrap_or([p.lon_deg, p.lat_deg, p.lon_deg, p.lat_deg]);
        Some([
            w.min(p.lon_deg),
            s.min(p.lat_deg),
            e.max(p.lon_deg),
            n.max(p.lat_deg),
        ])
    });
    bounds.filter(|[w, _, e, _]| e - w <= 180.0)
}

fn outline(area: &Area) -> Vec<Geodetic> {
    match area {
        Area::Disc { centre, radius_m } => (0..4)
            .map(|quarter| destination(*centre, f64::from(quarter) * FRAC_PI_2, *radius_m))
            .collect(),
        Area::Polygon(polygon) => polygon.corners().to_vec(),
    }
}
