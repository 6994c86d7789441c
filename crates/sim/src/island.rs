//! The invented island as the simulator uses it: outlines and points in the
//! planning plane, read from the project's own GeoJSON.

use crate::chart::Chart;
use serde::Deserialize;
use serde_json::Value;

/// The island as GeoJSON (RFC 7946): land, water, roads, towns and places.
///
/// `kind` is `land`, `water`, `road`, `town` or `place`; towns carry `population` and `radius_m`.
pub const MERROW_GEOJSON: &str = include_str!("../data/merrow.geojson");

/// The middle of the island, degrees north and east: open ocean on any other map.
pub const CENTRE_DEG: (f64, f64) = (46.5, -30.0);

#[derive(Deserialize)]
struct Collection {
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    properties: Properties,
    geometry: Geometry,
}

#[derive(Deserialize)]
struct Properties {
    kind: String,
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    radius_m: f64,
    #[serde(default)]
    population: f64,
}

#[derive(Deserialize)]
struct Geometry {
    coordinates: Value,
}

/// East and north in the planning plane, m.
pub(crate) type Plan = (f64, f64);

/// What a place covers.
#[derive(Clone, Debug)]
pub(crate) enum Extent {
    Disc {
        lon_lat_deg: [f64; 2],
        radius_m: f64,
    },
    Polygon {
        lon_lat_deg: Vec<[f64; 2]>,
    },
}

/// A town or another place to protect.
#[derive(Clone, Debug)]
pub(crate) struct IslandPlace {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) extent: Extent,
    pub(crate) centre: Plan,
    pub(crate) town: bool,
    /// People who live there; 0 for what is no town.
    pub(crate) population: f64,
}

/// The island.
#[derive(Clone, Debug)]
pub(crate) struct Island {
    /// The main land's coast, the first corner not repeated.
    pub(crate) coast: Vec<Plan>,
    /// Towns, the largest first, then the other places.
    pub(crate) places: Vec<IslandPlace>,
}

fn corner(value: &Value) -> Option<[f64; 2]> {
    Some([value.get(0)?.as_f64()?, value.get(1)?.as_f64()?])
}

fn ring(value: &Value) -> Option<Vec<[f64; 2]>> {
    let mut corners: Vec<_> = value
        .get(0)?
        .as_array()?
        .iter()
        .map(corner)
        .collect::<Option<_>>()?;
    corners.pop();
    Some(corners)
}

impl Island {
    /// Reads the GeoJSON; the reason where it is not the island's.
    pub(crate) fn read(text: &str, chart: &Chart) -> Result<Self, String> {
        let collection: Collection = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let mut coast = Vec::new();
        let mut places = Vec::new();
        for feature in collection.features {
            let Properties {
                kind,
                id,
                name,
                radius_m,
                population,
            } = feature.properties;
            let coordinates = &feature.geometry.coordinates;
            let wrong = || format!("feature `{id}` has no coordinates of its kind");
            let plan = |c: &[f64; 2]| chart.plan(c[1], c[0]);
            match kind.as_str() {
                "land" if coast.is_empty() => {
                    coast = ring(coordinates)
                        .ok_or_else(wrong)?
                        .iter()
                        .map(plan)
                        .collect();
                }
                "town" => {
                    let at = corner(coordinates).ok_or_else(wrong)?;
                    places.push(IslandPlace {
                        centre: plan(&at),
                        extent: Extent::Disc {
                            lon_lat_deg: at,
                            radius_m,
                        },
                        id,
                        name,
                        town: true,
                        population,
                    });
                }
                "place" => {
                    let corners = ring(coordinates).ok_or_else(wrong)?;
                    let n = corners.len() as f64;
                    let centre = corners
                        .iter()
                        .map(plan)
                        .fold((0.0, 0.0), |sum, p| (sum.0 + p.0 / n, sum.1 + p.1 / n));
                    places.push(IslandPlace {
                        centre,
                        extent: Extent::Polygon {
                            lon_lat_deg: corners,
                        },
                        id,
                        name,
                        town: false,
                        population: 0.0,
                    });
                }
                _ => {}
            }
        }
        if coast.len() < 3 || !places.iter().any(|p| p.town) {
            return Err("no land, or no town".into());
        }
        Ok(Self { coast, places })
    }

    /// The towns, the largest first.
    pub(crate) fn towns(&self) -> impl Iterator<Item = &IslandPlace> {
        self.places.iter().filter(|p| p.town)
    }

    /// Where a place of this id has its centre.
    pub(crate) fn centre_of(&self, id: &str) -> Option<Plan> {
        self.places.iter().find(|p| p.id == id).map(|p| p.centre)
    }

    /// Whether a point lies on the main land (even-odd rule).
    pub(crate) fn on_land(&self, at: Plan) -> bool {
        let mut odd = false;
        for (a, b) in self.sides() {
            if (a.1 > at.1) != (b.1 > at.1) {
                odd ^= at.0 < a.0 + (at.1 - a.1) / (b.1 - a.1) * (b.0 - a.0);
            }
        }
        odd
    }

    /// Distance from the main land's coast, m.
    pub(crate) fn shore_distance_m(&self, at: Plan) -> f64 {
        self.sides()
            .map(|(a, b)| {
                let (de, dn) = (b.0 - a.0, b.1 - a.1);
                let share =
                    (((at.0 - a.0) * de + (at.1 - a.1) * dn) / (de * de + dn * dn)).clamp(0.0, 1.0);
                (at.0 - a.0 - share * de).hypot(at.1 - a.1 - share * dn)
            })
            .fold(f64::MAX, f64::min)
    }

    /// How far from the centre the coast lies on an azimuth, m (the outermost crossing, to 50 m).
    pub(crate) fn coast_range_m(&self, azimuth_rad: f64) -> f64 {
        let (sin, cos) = azimuth_rad.sin_cos();
        (0..1_600)
            .map(|i| 80_000.0 - 50.0 * f64::from(i))
            .find(|r| self.on_land((r * sin, r * cos)))
            .unwrap_or(0.0)
    }

    fn sides(&self) -> impl Iterator<Item = (Plan, Plan)> + '_ {
        let next = self.coast.iter().cycle().skip(1);
        self.coast.iter().copied().zip(next.copied())
    }
}
