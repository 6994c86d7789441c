//! The site file (TOML) that belongs to a scenario: what the people of the
//! island know of their sensors, which is not all that is true.

use crate::island::{Extent, Island};
use crate::sensors::SiteSensor;
use lapwing_model::Timestamp;
use std::fmt::Write;

/// A feed as the site file names it.
pub(crate) struct SiteFeed {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    pub(crate) sensor: Option<String>,
}

/// What the file says of the site as a whole.
pub(crate) struct Head<'s> {
    pub(crate) name: &'s str,
    pub(crate) exercise: bool,
    /// How late a report may be and still count, s.
    pub(crate) lateness_s: f64,
    /// The weather service's forecast: from when, wind from the west, m/s, and temperature, °C.
    pub(crate) air: Vec<(Timestamp, (f64, f64))>,
}

/// TOML's basic strings are JSON's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The whole file.
pub(crate) fn text(
    head: &Head<'_>,
    sensors: &[SiteSensor],
    feeds: &[SiteFeed],
    address: impl Fn(usize) -> String,
    island: &Island,
) -> String {
    let mut out = String::new();
    // writing to a String cannot fail
    let _ = write_all(&mut out, head, sensors, feeds, address, island);
    out
}

fn write_all(
    out: &mut String,
    head: &Head<'_>,
    sensors: &[SiteSensor],
    feeds: &[SiteFeed],
    address: impl Fn(usize) -> String,
    island: &Island,
) -> std::fmt::Result {
    writeln!(
        out,
        "# The invented island of Merrow. Of constant errors only their standard deviations are known\n\
         # (`*_bias_sigma_*`); all other deviations are the noise of one report.\n\
         [site]\nname = {}\nexercise = {}\n\n\
         [tracker]\nlateness_s = {:?}",
        quoted(head.name),
        head.exercise,
        head.lateness_s
    )?;
    for (from, (wind_mps, temperature_c)) in &head.air {
        writeln!(
            out,
            "\n[[air]]\nfrom = \"{from}\"\nwind_from_deg = 270.0\nwind_mps = {wind_mps:?}\n\
             temperature_c = {temperature_c:.1}"
        )?;
    }
    for sensor in sensors {
        writeln!(
            out,
            "\n[[sensor]]\nid = {}\nkind = \"{}\"\nlat_deg = {:.7}\nlon_deg = {:.7}\nheight_m = {:.1}\n\
             height_datum = \"ellipsoid\"",
            quoted(&sensor.id),
            sensor.kind.as_str(),
            sensor.position.lat_deg,
            sensor.position.lon_deg,
            sensor.position.height_m
        )?;
        if let Some((sac, sic)) = sensor.sac_sic {
            writeln!(out, "sac = {sac}\nsic = {sic}")?;
        }
        for (key, value) in &sensor.keys {
            writeln!(out, "{key} = {value:?}")?;
        }
    }
    for (i, feed) in feeds.iter().enumerate() {
        writeln!(
            out,
            "\n[[feed]]\nid = {}\nkind = \"{}\"\naddress = {}",
            quoted(&feed.id),
            feed.kind,
            quoted(&address(i))
        )?;
        if let Some(sensor) = &feed.sensor {
            writeln!(out, "sensor = {}", quoted(sensor))?;
        }
    }
    for place in &island.places {
        writeln!(
            out,
            "\n[[place]]\nid = {}\nname = {}",
            quoted(&place.id),
            quoted(&place.name)
        )?;
        match &place.extent {
            Extent::Disc {
                lon_lat_deg: [lon_deg, lat_deg],
                radius_m,
            } => writeln!(
                out,
                "lat_deg = {lat_deg:?}\nlon_deg = {lon_deg:?}\nradius_m = {radius_m:?}"
            )?,
            Extent::Polygon { lon_lat_deg } => writeln!(out, "polygon = {lon_lat_deg:?}")?,
        }
    }
    Ok(())
}
