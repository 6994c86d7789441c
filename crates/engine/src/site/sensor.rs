//! `[[sensor]]`: what is known of a sensor before it says anything.

use super::checker::Checker;
use super::form::SensorForm;
use lapwing_geo::{Geodetic, Height, HeightDatum, VerticalReference};
use lapwing_model::{SensorKind, SensorSpec};
use toml::Spanned;

pub(super) fn sensor(
    c: &mut Checker<'_>,
    s: &SensorForm,
    vertical: &VerticalReference,
) -> Option<SensorSpec> {
    let mut spec = SensorSpec::of_kind(s.id.get_ref().clone(), s.kind);
    spec.position = match (s.lat_deg, s.lon_deg) {
        (Some(lat_deg), Some(lon_deg)) => {
            let datum = match (s.height_m, s.height_datum) {
                (Some(_), None) => {
                    c.fail(
                        s.id.span(),
                        "sensor.height_datum",
                        format!("sensor `{}` has a height without its datum", s.id.get_ref()),
                        "add height_datum = \"ellipsoid\", \"msl\" or \"ground\"",
                    );
                    return None;
                }
                (_, datum) => datum.unwrap_or(HeightDatum::Ellipsoid),
            };
            let (height_m, _) =
                vertical.to_ellipsoid_m(Height::new(s.height_m.unwrap_or(0.0), datum));
            match Geodetic::new(lat_deg, lon_deg, height_m).checked() {
                Ok(position) => Some(position),
                Err(error) => {
                    c.fail(
                        s.id.span(),
                        "sensor.lat_deg",
                        format!("sensor `{}`: {error}", s.id.get_ref()),
                        "",
                    );
                    return None;
                }
            }
        }
        (None, None) => None,
        _ => {
            c.fail(
                s.id.span(),
                "sensor.lat_deg",
                format!(
                    "sensor `{}` has only one of lat_deg and lon_deg",
                    s.id.get_ref()
                ),
                "give both, or neither",
            );
            return None;
        }
    };
    let measures_from_itself = !s.kind.is_self_report()
        && s.kind != SensorKind::SystemTracker
        && s.kind != SensorKind::Sighting;
    if spec.position.is_none() && measures_from_itself {
        c.fail(
            s.id.span(),
            "sensor.lat_deg",
            format!(
                "sensor `{}` of kind {} has no position, so its measurements have no place",
                s.id.get_ref(),
                s.kind.as_str()
            ),
            "add lat_deg, lon_deg, height_m and height_datum",
        );
        return None;
    }
    spec.sac_sic = match (s.sac, s.sic) {
        (Some(sac), Some(sic)) => Some((sac, sic)),
        (None, None) => None,
        _ => {
            c.fail(
                s.id.span(),
                "sensor.sac",
                format!("sensor `{}` has only one of sac and sic", s.id.get_ref()),
                "give both, or neither",
            );
            return None;
        }
    };
    let mut set = |key: &str, value: &Option<Spanned<f64>>, range, slot: &mut f64| {
        if let Some(v) = c.number(&format!("sensor.{key}"), value.as_ref(), range) {
            *slot = v;
        }
    };
    set(
        "range_sigma_m",
        &s.range_sigma_m,
        0.1..=1e4,
        &mut spec.range_sigma_m,
    );
    set(
        "range_rate_sigma_mps",
        &s.range_rate_sigma_mps,
        0.01..=100.0,
        &mut spec.range_rate_sigma_mps,
    );
    set(
        "range_bias_m",
        &s.range_bias_m,
        -1e4..=1e4,
        &mut spec.range_bias_m,
    );
    set(
        "range_bias_sigma_m",
        &s.range_bias_sigma_m,
        0.0..=1e4,
        &mut spec.range_bias_sigma_m,
    );
    set(
        "time_bias_sigma_s",
        &s.time_bias_sigma_s,
        0.0..=60.0,
        &mut spec.time_bias_sigma_s,
    );
    set(
        "azimuth_correlated_share",
        &s.azimuth_correlated_share,
        0.0..=1.0,
        &mut spec.azimuth_correlated_share,
    );
    set(
        "azimuth_correlation_s",
        &s.azimuth_correlation_s,
        0.1..=86_400.0,
        &mut spec.azimuth_correlation_s,
    );
    set(
        "elevation_scale",
        &s.elevation_scale,
        0.1..=2.0,
        &mut spec.elevation_scale,
    );
    set(
        "time_bias_s",
        &s.time_bias_s,
        -60.0..=60.0,
        &mut spec.time_bias_s,
    );
    set(
        "range_min_m",
        &s.range_min_m,
        0.0..=1e6,
        &mut spec.range_limits_m.0,
    );
    set(
        "range_max_m",
        &s.range_max_m,
        1.0..=1e6,
        &mut spec.range_limits_m.1,
    );
    set("revisit_s", &s.revisit_s, 0.05..=120.0, &mut spec.revisit_s);
    set(
        "detection_probability",
        &s.detection_probability,
        0.01..=0.999,
        &mut spec.detection_probability,
    );
    set(
        "false_per_revisit",
        &s.false_per_revisit,
        0.0..=1e5,
        &mut spec.false_per_revisit,
    );
    set(
        "silent_after_s",
        &s.silent_after_s,
        1.0..=86_400.0,
        &mut spec.silent_after_s,
    );
    let mut deg = |key: &str, value: &Option<Spanned<f64>>, range, slot: &mut f64| {
        if let Some(v) = c.number(&format!("sensor.{key}"), value.as_ref(), range) {
            *slot = v.to_radians();
        }
    };
    deg(
        "azimuth_sigma_deg",
        &s.azimuth_sigma_deg,
        0.001..=90.0,
        &mut spec.azimuth_sigma_rad,
    );
    deg(
        "elevation_sigma_deg",
        &s.elevation_sigma_deg,
        0.001..=90.0,
        &mut spec.elevation_sigma_rad,
    );
    deg(
        "azimuth_bias_deg",
        &s.azimuth_bias_deg,
        -180.0..=180.0,
        &mut spec.azimuth_bias_rad,
    );
    deg(
        "azimuth_bias_sigma_deg",
        &s.azimuth_bias_sigma_deg,
        0.0..=90.0,
        &mut spec.azimuth_bias_sigma_rad,
    );
    spec.range_50_m = c.number("sensor.range_50_m", s.range_50_m.as_ref(), 1.0..=1e6);
    spec.radar_constant_db = c.number(
        "sensor.radar_constant_db",
        s.radar_constant_db.as_ref(),
        -300.0..=300.0,
    );
    Some(spec)
}
