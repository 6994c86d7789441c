//! From the site file as it is written to a site that can run.

use super::air::airs;
use super::checker::Checker;
use super::form::SiteForm;
use super::sensor::sensor;
use super::traffic::{feed, output};
use super::{AreaSpec, Site, SiteError};
use lapwing_geo::{Area, Geodetic, Polygon, VerticalReference};
use lapwing_model::{Place, PlaceId, SensorSpec};
use std::collections::BTreeSet;
use toml::Spanned;

/// How late a report may be and still count when the site does not say, s.
const LATENESS_DEFAULT_S: f64 = 2.0;
/// Time between pictures when the site does not say, s.
const TICK_DEFAULT_S: f64 = 1.0;
/// How far back a new state smooths a trail when the site does not say, s.
const TRAIL_LAG_DEFAULT_S: f64 = 30.0;
/// Lead time a place's people need when the site does not say, s.
const LEAD_TIME_DEFAULT_S: f64 = 180.0;

pub(super) fn site(text: &str, file: &str) -> Result<Site, Vec<SiteError>> {
    let mut c = Checker {
        text,
        file,
        errors: Vec::new(),
    };
    let form: SiteForm = match toml::from_str(text) {
        Ok(form) => form,
        Err(error) => {
            let message = error.message().to_owned();
            let named = ["unknown ", "missing field", "duplicate "]
                .iter()
                .any(|start| message.starts_with(start));
            let key = message
                .split('`')
                .nth(1)
                .filter(|_| named)
                .map_or_else(|| "TOML".to_owned(), str::to_owned);
            let mend = if message.starts_with("unknown field") {
                "remove the key or spell it as one of those"
            } else {
                ""
            };
            c.fail(error.span().unwrap_or(0..0), &key, message, mend);
            return Err(c.errors.into_iter().map(|(_, e)| e).collect());
        }
    };
    let vertical = VerticalReference {
        geoid_undulation_m: form.site.geoid_undulation_m,
        pressure_offset_m: form.site.pressure_offset_m,
        ground_msl_m: form.site.ground_msl_m,
    };
    c.ids("sensor", form.sensor.iter().map(|s| &s.id));
    c.ids("feed", form.feed.iter().map(|f| &f.id));
    c.ids("place", form.place.iter().map(|p| &p.id));
    c.ids("area", form.area.iter().map(|a| &a.id));
    if let Some(sender) = &form.site.sender
        && sender.get_ref().contains([' ', ',', '<', '&'])
    {
        c.fail(
            sender.span(),
            "site.sender",
            "a sender may hold no space, comma, `<` or `&` (CAP 1.2)",
            "use an internet-like name such as watch@coast.example",
        );
    }
    let airs = airs(&mut c, &form.air);
    let sensors: Vec<SensorSpec> = form
        .sensor
        .iter()
        .filter_map(|s| sensor(&mut c, s, &vertical))
        .collect();
    let names: BTreeSet<&str> = form
        .sensor
        .iter()
        .map(|s| s.id.get_ref().as_str())
        .collect();
    let feeds = form
        .feed
        .iter()
        .filter_map(|f| feed(&mut c, f, &names))
        .collect();
    let places = form
        .place
        .iter()
        .filter_map(|p| {
            let lead_time_s = p.lead_time_s.unwrap_or(LEAD_TIME_DEFAULT_S);
            let disc = (p.lat_deg, p.lon_deg, p.radius_m);
            let area = area(&mut c, "place", &p.id, disc, p.polygon.as_ref())?;
            Some(Place {
                id: PlaceId(p.id.get_ref().clone()),
                name: p.name.clone().unwrap_or_else(|| p.id.get_ref().clone()),
                area,
                lead_time_s,
            })
        })
        .collect();
    let areas = form
        .area
        .iter()
        .filter_map(|a| {
            Some(AreaSpec {
                id: a.id.get_ref().clone(),
                name: a.name.clone().unwrap_or_else(|| a.id.get_ref().clone()),
                area: area(&mut c, "area", &a.id, (None, None, None), Some(&a.polygon))?,
            })
        })
        .collect();
    let outputs = form
        .output
        .iter()
        .filter_map(|o| output(&mut c, o))
        .collect();

    let mut tracker = form.tracker.map(|t| (t.span(), t.into_inner()));
    let mut timing = |key: &str, default: f64, range: std::ops::RangeInclusive<f64>| -> f64 {
        let Some((span, table)) = &mut tracker else {
            return default;
        };
        let value = match table.remove(key) {
            None => return default,
            Some(toml::Value::Float(v)) => v,
            Some(toml::Value::Integer(v)) => v as f64,
            Some(_) => f64::NAN,
        };
        if range.contains(&value) {
            return value;
        }
        let at = c.key_in(span, key).unwrap_or(span.start);
        c.fail(
            at..at,
            &format!("tracker.{key}"),
            format!(
                "is not a number between {} and {}",
                range.start(),
                range.end()
            ),
            "",
        );
        default
    };
    let lateness_s = timing("lateness_s", LATENESS_DEFAULT_S, 0.0..=600.0);
    let tick_s = timing("tick_s", TICK_DEFAULT_S, 0.1..=60.0);
    let trail_lag_s = timing("trail_lag_s", TRAIL_LAG_DEFAULT_S, 0.0..=600.0);
    let mut tracker: lapwing_track::TrackerConfig = c.section("tracker", tracker);
    let node = form.site.node.unwrap_or(1);
    tracker.node = node;
    tracker.registration = registration(&mut c, form.registration);
    let forecast = c.section(
        "forecast",
        form.forecast.map(|t| (t.span(), t.into_inner())),
    );
    let warning = c.section("warning", form.warning.map(|t| (t.span(), t.into_inner())));

    if !c.errors.is_empty() {
        c.errors.sort_by_key(|(at, _)| *at);
        return Err(c.errors.into_iter().map(|(_, e)| e).collect());
    }
    Ok(Site {
        name: form.site.name.into_inner(),
        node,
        vertical,
        sender: form
            .site
            .sender
            .map_or_else(|| "lapwing@localhost".to_owned(), Spanned::into_inner),
        exercise: form.site.exercise,
        sensors,
        feeds,
        places,
        areas,
        outputs,
        tracker,
        airs,
        lateness_s,
        tick_s,
        trail_lag_s,
        forecast,
        warning,
        text: text.to_owned(),
    })
}

fn registration(
    c: &mut Checker<'_>,
    form: Option<Spanned<toml::Table>>,
) -> lapwing_track::RegistrationConfig {
    let form = form.map(|t| (t.span(), t.into_inner()));
    let span = form.as_ref().map(|(span, _)| span.clone());
    let config: lapwing_track::RegistrationConfig = c.section("registration", form);
    if let (Some(span), Some((key, expected))) = (span, config.mistake()) {
        let at = c.key_in(&span, key).unwrap_or(span.start);
        c.fail(
            at..at,
            &format!("registration.{key}"),
            format!("is not {expected}"),
            "",
        );
    }
    config
}

fn area(
    c: &mut Checker<'_>,
    key: &str,
    id: &Spanned<String>,
    disc: (Option<f64>, Option<f64>, Option<f64>),
    polygon: Option<&Spanned<Vec<[f64; 2]>>>,
) -> Option<Area> {
    let name = id.get_ref();
    match (disc, polygon) {
        ((None, None, None), Some(corners)) => {
            let list = corners
                .get_ref()
                .iter()
                .map(|&[lon_deg, lat_deg]| Geodetic::new(lat_deg, lon_deg, 0.0))
                .collect();
            match Polygon::new(list) {
                Ok(polygon) => Some(Area::Polygon(polygon)),
                Err(error) => {
                    c.fail(
                        corners.span(),
                        &format!("{key}.polygon"),
                        format!("{key} `{name}`: {error}"),
                        "corners are [lon_deg, lat_deg], once around",
                    );
                    None
                }
            }
        }
        ((Some(lat_deg), Some(lon_deg), Some(radius_m)), None) => {
            match Area::disc(Geodetic::new(lat_deg, lon_deg, 0.0), radius_m) {
                Ok(area) => Some(area),
                Err(error) => {
                    c.fail(
                        id.span(),
                        &format!("{key}.radius_m"),
                        format!("{key} `{name}`: {error}"),
                        "",
                    );
                    None
                }
            }
        }
        _ => {
            c.fail(
                id.span(),
                key,
                format!("{key} `{name}` has no complete extent, or two"),
                "give lat_deg, lon_deg and radius_m, or polygon = [[lon_deg, lat_deg], …]",
            );
            None
        }
    }
}
