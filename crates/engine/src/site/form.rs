//! The site file as it is written, before it is checked.

use lapwing_geo::HeightDatum;
use lapwing_model::SensorKind;
use serde::Deserialize;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SiteForm {
    pub(super) site: Head,
    #[serde(default)]
    pub(super) air: Vec<AirForm>,
    #[serde(default)]
    pub(super) sensor: Vec<SensorForm>,
    #[serde(default)]
    pub(super) feed: Vec<FeedForm>,
    #[serde(default)]
    pub(super) place: Vec<PlaceForm>,
    #[serde(default)]
    pub(super) area: Vec<AreaForm>,
    #[serde(default)]
    pub(super) output: Vec<OutputForm>,
    pub(super) tracker: Option<Spanned<toml::Table>>,
    pub(super) registration: Option<Spanned<toml::Table>>,
    pub(super) forecast: Option<Spanned<toml::Table>>,
    pub(super) warning: Option<Spanned<toml::Table>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) name: Spanned<String>,
    pub(super) node: Option<u16>,
    pub(super) sender: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) exercise: bool,
    #[serde(default)]
    pub(super) geoid_undulation_m: f64,
    #[serde(default)]
    pub(super) pressure_offset_m: f64,
    #[serde(default)]
    pub(super) ground_msl_m: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AirForm {
    pub(super) from: Spanned<String>,
    pub(super) wind_from_deg: Spanned<f64>,
    pub(super) wind_mps: Spanned<f64>,
    pub(super) temperature_c: Spanned<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SensorForm {
    pub(super) id: Spanned<String>,
    pub(super) kind: SensorKind,
    pub(super) lat_deg: Option<f64>,
    pub(super) lon_deg: Option<f64>,
    pub(super) height_m: Option<f64>,
    pub(super) height_datum: Option<HeightDatum>,
    pub(super) sac: Option<u8>,
    pub(super) sic: Option<u8>,
    pub(super) range_sigma_m: Option<Spanned<f64>>,
    pub(super) azimuth_sigma_deg: Option<Spanned<f64>>,
    pub(super) elevation_sigma_deg: Option<Spanned<f64>>,
    pub(super) range_rate_sigma_mps: Option<Spanned<f64>>,
    pub(super) range_bias_m: Option<Spanned<f64>>,
    pub(super) azimuth_bias_deg: Option<Spanned<f64>>,
    pub(super) azimuth_bias_sigma_deg: Option<Spanned<f64>>,
    pub(super) range_bias_sigma_m: Option<Spanned<f64>>,
    pub(super) time_bias_sigma_s: Option<Spanned<f64>>,
    pub(super) azimuth_correlated_share: Option<Spanned<f64>>,
    pub(super) azimuth_correlation_s: Option<Spanned<f64>>,
    pub(super) elevation_scale: Option<Spanned<f64>>,
    pub(super) time_bias_s: Option<Spanned<f64>>,
    pub(super) range_min_m: Option<Spanned<f64>>,
    pub(super) range_max_m: Option<Spanned<f64>>,
    pub(super) revisit_s: Option<Spanned<f64>>,
    pub(super) detection_probability: Option<Spanned<f64>>,
    pub(super) range_50_m: Option<Spanned<f64>>,
    pub(super) false_per_revisit: Option<Spanned<f64>>,
    pub(super) radar_constant_db: Option<Spanned<f64>>,
    pub(super) silent_after_s: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FeedForm {
    pub(super) id: Spanned<String>,
    pub(super) kind: Spanned<String>,
    pub(super) address: Option<Spanned<String>>,
    pub(super) interface: Option<Spanned<String>>,
    pub(super) path: Option<Spanned<String>>,
    pub(super) sensor: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlaceForm {
    pub(super) id: Spanned<String>,
    pub(super) name: Option<String>,
    pub(super) lat_deg: Option<f64>,
    pub(super) lon_deg: Option<f64>,
    pub(super) radius_m: Option<f64>,
    pub(super) polygon: Option<Spanned<Vec<[f64; 2]>>>,
    pub(super) lead_time_s: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AreaForm {
    pub(super) id: Spanned<String>,
    pub(super) name: Option<String>,
    pub(super) polygon: Spanned<Vec<[f64; 2]>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OutputForm {
    pub(super) kind: Spanned<String>,
    pub(super) path: Option<Spanned<String>>,
    pub(super) url: Option<Spanned<String>>,
    pub(super) address: Option<Spanned<String>>,
}
