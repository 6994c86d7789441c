//! From the site file as it is written to a site that can run.

use super::form::{FeedForm, OutputForm, SensorForm, SiteForm};
use super::{AreaSpec, FeedSpec, OutputKind, OutputSpec, Site, SiteError, Source};
use lapwing_geo::{Area, Geodetic, Height, HeightDatum, Polygon, VerticalReference};
use lapwing_ingest::Wire;
use lapwing_model::{Place, PlaceId, SensorSpec};
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use toml::Spanned;

/// How late a report may be and still count when the site does not say, s.
const LATENESS_DEFAULT_S: f64 = 2.0;
/// Time between pictures when the site does not say, s.
const TICK_DEFAULT_S: f64 = 1.0;
/// Lead time a place's people need when the site does not say, s.
const LEAD_TIME_DEFAULT_S: f64 = 180.0;

struct Checker<'a> {
    text: &'a str,
    file: &'a str,
    errors: Vec<(usize, SiteError)>,
}

impl Checker<'_> {
    fn line(&self, at: usize) -> usize {
        let head = self.text.get(..at.min(self.text.len())).unwrap_or("");
        head.bytes().filter(|b| *b == b'\n').count() + 1
    }

    fn fail(&mut self, span: Range<usize>, key: &str, what: impl Into<String>, mend: &str) {
        let error = SiteError {
            file: self.file.to_owned(),
            line: Some(self.line(span.start)),
            key: key.to_owned(),
            what: what.into(),
            mend: mend.to_owned(),
        };
        self.errors.push((span.start, error));
    }

    fn ids<'f>(&mut self, key: &str, ids: impl Iterator<Item = &'f Spanned<String>>) {
        let mut seen = BTreeSet::new();
        for id in ids {
            if id.get_ref().is_empty() || id.get_ref().chars().any(char::is_control) {
                self.fail(
                    id.span(),
                    &format!("{key}.id"),
                    "an id must be visible text",
                    "give it a short name",
                );
            } else if !seen.insert(id.get_ref()) {
                self.fail(
                    id.span(),
                    &format!("{key}.id"),
                    format!("`{}` is already the id of another {key}", id.get_ref()),
                    "give each its own id",
                );
            }
        }
    }

    fn number(
        &mut self,
        key: &str,
        value: Option<&Spanned<f64>>,
        allowed: std::ops::RangeInclusive<f64>,
    ) -> Option<f64> {
        let value = value?;
        let v = *value.get_ref();
        if allowed.contains(&v) {
            return Some(v);
        }
        self.fail(
            value.span(),
            key,
            format!(
                "{v} is not between {} and {}",
                allowed.start(),
                allowed.end()
            ),
            "",
        );
        None
    }

    /// One of the tables that another crate defines; `None` (and an error) if it is wrong.
    fn section<T: DeserializeOwned + Default>(
        &mut self,
        key: &str,
        table: Option<(Range<usize>, toml::Table)>,
    ) -> T {
        let Some((span, table)) = table else {
            return T::default();
        };
        let keys: Vec<String> = table.keys().cloned().collect();
        match table.try_into() {
            Ok(value) => value,
            Err(error) => {
                let message = error.message().to_owned();
                // the offending key stands in back-quotes in the message
                let named = keys.iter().find(|k| message.contains(&format!("`{k}`")));
                let at = named
                    .and_then(|k| self.key_in(&span, k))
                    .unwrap_or(span.start);
                let key = named.map_or_else(|| key.to_owned(), |k| format!("{key}.{k}"));
                self.fail(at..at, &key, message, "");
                T::default()
            }
        }
    }

    /// Where a key of a table is written.
    fn key_in(&self, span: &Range<usize>, key: &str) -> Option<usize> {
        let body = self.text.get(span.start..)?;
        let mut offset = span.start;
        for line in body.split_inclusive('\n') {
            if line.trim_start().starts_with(key) {
                return Some(offset);
            }
            offset += line.len();
        }
        None
    }
}

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
        lateness_s,
        tick_s,
        forecast,
        warning,
        text: text.to_owned(),
    })
}

fn sensor(c: &mut Checker<'_>, s: &SensorForm, vertical: &VerticalReference) -> Option<SensorSpec> {
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
        && s.kind != lapwing_model::SensorKind::SystemTracker
        && s.kind != lapwing_model::SensorKind::Sighting;
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
    spec.range_50_m = c.number("sensor.range_50_m", s.range_50_m.as_ref(), 1.0..=1e6);
    spec.radar_constant_db = c.number(
        "sensor.radar_constant_db",
        s.radar_constant_db.as_ref(),
        -300.0..=300.0,
    );
    Some(spec)
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

fn feed(c: &mut Checker<'_>, f: &FeedForm, sensors: &BTreeSet<&str>) -> Option<FeedSpec> {
    let wire = match f.kind.get_ref().as_str() {
        "asterix" => Some(Wire::Asterix),
        "beast" => Some(Wire::Beast),
        "avr" => Some(Wire::Avr),
        "json" => Some(Wire::ReportJson),
        "file" => None,
        other => {
            c.fail(
                f.kind.span(),
                "feed.kind",
                format!("`{other}` is no kind of feed"),
                "use asterix, beast, avr, json or file",
            );
            return None;
        }
    };
    if let Some(sensor) = &f.sensor
        && !sensors.contains(sensor.get_ref().as_str())
    {
        c.fail(
            sensor.span(),
            "feed.sensor",
            format!("there is no sensor `{}`", sensor.get_ref()),
            "add a [[sensor]] with this id",
        );
        return None;
    }
    let source = match (&f.address, &f.path) {
        (Some(address), None) => {
            let text = address.get_ref();
            if text == "internal" {
                Source::Internal
            } else {
                let streams = matches!(wire, Some(Wire::Beast | Wire::Avr));
                let (transport, rest) = match text.split_once("://") {
                    Some((scheme, rest)) => (scheme, rest),
                    None => (if streams { "tcp" } else { "udp" }, text.as_str()),
                };
                source(c, f, address, transport, rest)?
            }
        }
        (None, Some(path)) => Source::File(path.get_ref().into()),
        (None, None) => Source::Internal,
        (Some(_), Some(path)) => {
            c.fail(
                path.span(),
                "feed.path",
                "a feed has an address or a path, not both",
                "remove one of them",
            );
            return None;
        }
    };
    if f.kind.get_ref() == "file" && !matches!(source, Source::File(_)) {
        c.fail(
            f.kind.span(),
            "feed.path",
            "a feed of kind file needs a path",
            "add path = \"…\"",
        );
        return None;
    }
    Some(FeedSpec {
        id: f.id.get_ref().clone(),
        wire,
        source,
        sensor: f.sensor.as_ref().map(|s| s.get_ref().clone()),
    })
}

fn source(
    c: &mut Checker<'_>,
    f: &FeedForm,
    address: &Spanned<String>,
    transport: &str,
    rest: &str,
) -> Option<Source> {
    match transport {
        "tcp" if !matches!(f.kind.get_ref().as_str(), "beast" | "avr") => {
            c.fail(
                address.span(),
                "feed.address",
                format!(
                    "a feed of kind {} comes in datagrams, not over TCP",
                    f.kind.get_ref()
                ),
                "write it as 127.0.0.1:8600 (UDP)",
            );
            None
        }
        "tcp" => {
            let port = rest.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
            if matches!(port, Some(Ok(_))) {
                return Some(Source::Tcp {
                    address: rest.to_owned(),
                });
            }
            c.fail(
                address.span(),
                "feed.address",
                format!("`{rest}` is no host:port"),
                "write it as 127.0.0.1:30005",
            );
            None
        }
        "udp" => {
            let parsed: Result<SocketAddr, _> = rest.parse();
            let interface = match &f.interface {
                None => None,
                Some(text) => match text.get_ref().parse::<IpAddr>() {
                    Ok(ip) => Some(ip),
                    Err(_) => {
                        c.fail(
                            text.span(),
                            "feed.interface",
                            format!("`{}` is no IP address of a local interface", text.get_ref()),
                            "write it as 192.168.1.5",
                        );
                        return None;
                    }
                },
            };
            match parsed {
                Ok(address) => Some(Source::Udp { address, interface }),
                Err(_) => {
                    c.fail(
                        address.span(),
                        "feed.address",
                        format!("`{rest}` is no address:port"),
                        "write it as 127.0.0.1:8600 or 239.1.1.1:8600",
                    );
                    None
                }
            }
        }
        other => {
            c.fail(
                address.span(),
                "feed.address",
                format!("`{other}://` is no transport of a feed"),
                "use udp:// or tcp://",
            );
            None
        }
    }
}

fn output(c: &mut Checker<'_>, o: &OutputForm) -> Option<OutputSpec> {
    let kind = match o.kind.get_ref().as_str() {
        "tracks" => OutputKind::Tracks,
        "warnings" => OutputKind::Warnings,
        "cap" => OutputKind::Cap,
        other => {
            c.fail(
                o.kind.span(),
                "output.kind",
                format!("`{other}` is no kind of output"),
                "use tracks, warnings or cap",
            );
            return None;
        }
    };
    for (key, value) in [("url", &o.url), ("address", &o.address)] {
        if let Some(value) = value {
            c.fail(
                value.span(),
                &format!("output.{key}"),
                format!("an output of kind {} goes to a path", o.kind.get_ref()),
                "write path = \"…\"",
            );
            return None;
        }
    }
    match &o.path {
        Some(path) => Some(OutputSpec {
            kind,
            path: path.get_ref().into(),
        }),
        None => {
            c.fail(
                o.kind.span(),
                "output.path",
                "this output has no path",
                "add path = \"…\"",
            );
            None
        }
    }
}
