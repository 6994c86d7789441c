//! Draws the invented island and prints it as GeoJSON:
//!
//! ```sh
//! cargo run -p lapwing-sim --example make_island > crates/sim/data/merrow.geojson
//! ```
//!
//! The shape is midpoint displacement (Fournier, Fussell and Carpenter 1982)
//! of an ellipse of 120 × 80 km; towns stand at random with a preference for
//! the coast, their populations follow Zipf's law with exponent 0.8; roads are
//! the shortest tree over land plus a few short cuts. Everything follows from
//! one seed, so that the committed file can be made again byte by byte.

mod names;
mod shape;

use lapwing_geo::{Geodetic, LocalFrame, Polygon};
use lapwing_sim::random::Random;
use serde_json::{Value, json};
use shape::{Shape, centre_of, inside, rectangle, shore_distance_m};
use std::f64::consts::{PI, TAU};

const SEED: u64 = 14;
const CENTRE: (f64, f64) = (46.5, -30.0);
const TOWNS: usize = 60;
const PEOPLE: f64 = 400_000.0;

struct Map {
    frame: LocalFrame,
    features: Vec<Value>,
}

impl Map {
    fn corner(&self, (east_m, north_m): (f64, f64)) -> Value {
        // the tangent plane leaves the ground by d²/2R: come back down to it
        let up_m = -(east_m * east_m + north_m * north_m) / (2.0 * 6.375e6);
        let g = self
            .frame
            .to_geodetic(nalgebra::Vector3::new(east_m, north_m, up_m));
        let round = |deg: f64| (deg * 1e5).round() / 1e5;
        json!([round(g.lon_deg), round(g.lat_deg)])
    }

    fn ring(&self, shape: &[(f64, f64)]) -> Value {
        let mut corners: Vec<Value> = shape.iter().map(|p| self.corner(*p)).collect();
        corners.push(corners[0].clone());
        json!([corners])
    }

    fn polygon(&mut self, kind: &str, id: &str, name: &str, shape: &[(f64, f64)]) {
        let coordinates = self.ring(shape);
        self.features.push(json!({
            "type": "Feature",
            "properties": {"kind": kind, "id": id, "name": name},
            "geometry": {"type": "Polygon", "coordinates": coordinates},
        }));
    }
}

/// Whether a shape, rounded as it will be written, is a simple polygon.
fn valid(map: &Map, shape: &Shape) -> bool {
    let ring = map.ring(shape);
    let corners = ring[0].as_array().map(|ring| {
        ring.iter()
            .filter_map(|c| Some(Geodetic::new(c[1].as_f64()?, c[0].as_f64()?, 0.0)))
            .collect::<Vec<_>>()
    });
    corners.is_some_and(|c| Polygon::new(c).is_ok())
}

fn fractal(map: &Map, random: &mut Random, draw: impl Fn(&mut Random) -> Shape) -> Shape {
    loop {
        let shape = draw(random);
        if valid(map, &shape) {
            return shape;
        }
    }
}

fn main() {
    let mut map = Map {
        frame: LocalFrame::new(Geodetic::new(CENTRE.0, CENTRE.1, 0.0)),
        features: Vec::new(),
    };
    let mut random = Random::stream(SEED, "island", 0);

    let main_land = fractal(&map, &mut random, |r| {
        shape::fit(shape::coast(r, 60e3, 40e3, 16, 6, 0.17), 60e3, 40e3)
    });
    map.polygon("land", "merrow", "Merrow", &main_land);
    for (i, name) in ["Little Merrow", "Skerl", "The Hen", "Tarn Holm", "Orrey"]
        .iter()
        .enumerate()
    {
        let size_m = [5_200.0, 2_600.0, 1_300.0, 1_900.0, 3_100.0][i];
        let azimuth = [2.35, 4.2, 0.35, 5.5, 1.25][i];
        // out from the centre until there is water all round
        let mut out_m = 30e3;
        let centre = loop {
            let at = (out_m * f64::sin(azimuth), out_m * f64::cos(azimuth));
            if !inside(at, &main_land) && shore_distance_m(at, &main_land) > size_m * 1.6 + 1_200.0
            {
                break at;
            }
            out_m += 250.0;
        };
        let islet = fractal(&map, &mut random, |r| {
            shape::moved(shape::coast(r, size_m, size_m * 0.6, 8, 4, 0.2), centre)
        });
        map.polygon("land", &format!("islet-{}", i + 1), name, &islet);
    }
    let lake_at = loop {
        let at = (random.uniform(-35e3, 35e3), random.uniform(-18e3, 18e3));
        if inside(at, &main_land) && shore_distance_m(at, &main_land) > 13e3 {
            break at;
        }
    };
    let lake = fractal(&map, &mut random, |r| {
        shape::moved(shape::coast(r, 4_800.0, 1_900.0, 10, 4, 0.2), lake_at)
    });
    map.polygon("water", "lake", "Lake Issel Mere", &lake);

    let towns = place_towns(&mut random, &main_land, &lake);
    let names = names::towns(&mut random, TOWNS);
    let weights: Vec<f64> = (1..=TOWNS).map(|rank| (rank as f64).powf(-0.8)).collect();
    let total: f64 = weights.iter().sum();
    for (i, town) in towns.iter().enumerate() {
        let people = (PEOPLE * weights[i] / total / 10.0).round() * 10.0;
        let coordinates = map.corner(*town);
        map.features.push(json!({
            "type": "Feature",
            "properties": {
                "kind": "town", "id": format!("town-{:02}", i + 1), "name": names[i],
                "population": people as u64, "radius_m": 3000,
            },
            "geometry": {"type": "Point", "coordinates": coordinates},
        }));
    }
    roads(&mut map, &mut random, &towns, &main_land, &lake);
    places(&mut map, &mut random, &towns, &names, &main_land, &lake);

    let collection = json!({
        "type": "FeatureCollection",
        "name": "Merrow, an island that exists nowhere",
        "features": map.features,
    });
    // one feature a line: a diff then shows what moved
    println!(
        "{{\"type\":\"FeatureCollection\",\"name\":{},\"features\":[",
        collection["name"]
    );
    let lines: Vec<String> = map.features.iter().map(Value::to_string).collect();
    println!("{}\n]}}", lines.join(",\n"));
}

/// Town centres, the largest first: it stands on the coast, it has the port.
fn place_towns(random: &mut Random, land: &Shape, lake: &Shape) -> Vec<(f64, f64)> {
    let mut towns: Vec<(f64, f64)> = Vec::new();
    let mut apart_m = 8_500.0;
    let mut tries = 0;
    while towns.len() < TOWNS {
        tries += 1;
        if tries % 4_000 == 0 {
            apart_m *= 0.93;
        }
        let at = (random.uniform(-60e3, 60e3), random.uniform(-40e3, 40e3));
        if !inside(at, land) || inside(at, lake) || shore_distance_m(at, lake) < 1_500.0 {
            continue;
        }
        let shore_m = shore_distance_m(at, land);
        let wanted = if towns.is_empty() {
            // a natural harbour on the south-east coast
            shore_m > 1_200.0 && shore_m < 2_200.0 && at.0 > 10e3 && at.1 < -12e3
        } else {
            let likely = if (900.0..4_500.0).contains(&shore_m) {
                1.0
            } else {
                0.22
            };
            shore_m > 900.0 && random.chance(likely)
        };
        let crowded = towns
            .iter()
            .any(|t| (t.0 - at.0).hypot(t.1 - at.1) < apart_m);
        if wanted && !crowded {
            towns.push(at);
        }
    }
    towns
}

fn over_land(a: (f64, f64), b: (f64, f64), land: &Shape, lake: &Shape) -> bool {
    (0..=60).all(|i| {
        let f = f64::from(i) / 60.0;
        let at = (a.0 + f * (b.0 - a.0), a.1 + f * (b.1 - a.1));
        inside(at, land) && shore_distance_m(at, land) > 350.0 && !inside(at, lake)
    })
}

/// The shortest tree over land (Prim 1957), then short cuts that save more than half.
fn roads(map: &mut Map, random: &mut Random, towns: &[(f64, f64)], land: &Shape, lake: &Shape) {
    let length = |a: usize, b: usize| (towns[a].0 - towns[b].0).hypot(towns[a].1 - towns[b].1);
    let mut joined = vec![0_usize];
    let mut edges: Vec<(usize, usize)> = Vec::new();
    loop {
        let mut best: Option<(f64, usize, usize)> = None;
        for &a in &joined {
            for b in 0..towns.len() {
                if joined.contains(&b) || !over_land(towns[a], towns[b], land, lake) {
                    continue;
                }
                if best.is_none_or(|(d, _, _)| length(a, b) < d) {
                    best = Some((length(a, b), a, b));
                }
            }
        }
        let Some((_, a, b)) = best else { break };
        joined.push(b);
        edges.push((a, b));
    }
    for a in 0..towns.len() {
        for b in a + 1..towns.len() {
            let short = length(a, b) < 17e3 && !edges.contains(&(a, b)) && !edges.contains(&(b, a));
            if short && random.chance(0.22) && over_land(towns[a], towns[b], land, lake) {
                edges.push((a, b));
            }
        }
    }
    for (i, (a, b)) in edges.iter().enumerate() {
        let line = loop {
            let line = shape::wiggly(random, towns[*a], towns[*b], 4, 0.11);
            if line.iter().all(|p| inside(*p, land) && !inside(*p, lake)) {
                break line;
            }
        };
        let coordinates: Vec<Value> = line.iter().map(|p| map.corner(*p)).collect();
        map.features.push(json!({
            "type": "Feature",
            "properties": {"kind": "road", "id": format!("road-{:02}", i + 1)},
            "geometry": {"type": "LineString", "coordinates": coordinates},
        }));
    }
}

/// The six places that are polygons.
fn places(
    map: &mut Map,
    random: &mut Random,
    towns: &[(f64, f64)],
    names: &[String],
    land: &Shape,
    lake: &Shape,
) {
    let port_town = towns[0];
    // seaward from the harbour: the direction in which the nearest shore lies
    let sea_rad = (0..360)
        .map(|deg| f64::from(deg) / 360.0 * TAU)
        .min_by(|a, b| {
            let reach = |azimuth: f64| {
                (1..200)
                    .map(|i| f64::from(i) * 50.0)
                    .find(|d| {
                        !inside(
                            (
                                port_town.0 + d * azimuth.sin(),
                                port_town.1 + d * azimuth.cos(),
                            ),
                            land,
                        )
                    })
                    .unwrap_or(f64::MAX)
            };
            reach(*a).total_cmp(&reach(*b))
        })
        .unwrap_or(PI);
    let out = |d: f64| {
        (
            port_town.0 + d * sea_rad.sin(),
            port_town.1 + d * sea_rad.cos(),
        )
    };
    let port = rectangle(out(1_500.0), 2_400.0, 1_500.0, sea_rad);
    map.polygon("place", "port", &format!("Port of {}", names[0]), &port);
    let lane = rectangle(out(11_500.0), 2_000.0, 16_000.0, sea_rad);
    map.polygon("place", "ferry-lane", "Ferry lane", &lane);

    let mut taken = vec![out(1_500.0)];
    let mut stand =
        |wanted: &dyn Fn((f64, f64), f64) -> bool, apart_m: f64, random: &mut Random| loop {
            let at = (random.uniform(-58e3, 58e3), random.uniform(-38e3, 38e3));
            let shore_m = shore_distance_m(at, land);
            let free = taken
                .iter()
                .all(|t| (t.0 - at.0).hypot(t.1 - at.1) > apart_m);
            if inside(at, land)
                && shore_distance_m(at, lake) > 3_000.0
                && !inside(at, lake)
                && free
                && wanted(at, shore_m)
            {
                taken.push(at);
                return at;
            }
        };
    let near = |at: (f64, f64), town: usize, from_m: f64, to_m: f64| {
        let d = (at.0 - towns[town].0).hypot(at.1 - towns[town].1);
        (from_m..to_m).contains(&d)
    };
    let airport_at = stand(
        &|at, shore| near(at, 0, 5e3, 12e3) && shore > 3_500.0,
        4e3,
        random,
    );
    map.polygon(
        "place",
        "airport",
        &format!("{} Airport", names[0]),
        &rectangle(airport_at, 1_600.0, 4_400.0, 250.0_f64.to_radians()),
    );
    let power_at = stand(
        &|at, shore| at.1 > 8e3 && (900.0..2_000.0).contains(&shore),
        6e3,
        random,
    );
    map.polygon(
        "place",
        "power-station",
        "North Shore power station",
        &rectangle(power_at, 1_400.0, 900.0, random.uniform(0.0, PI)),
    );
    let hospital_at = stand(
        &|at, shore| near(at, 0, 1_500.0, 4_000.0) && shore > 800.0,
        1_500.0,
        random,
    );
    map.polygon(
        "place",
        "hospital",
        &format!("{} General Hospital", names[0]),
        &rectangle(hospital_at, 600.0, 450.0, random.uniform(0.0, PI)),
    );
    let refinery_at = stand(
        &|at, shore| at.0 > 20e3 && at.1 > 0.0 && (900.0..2_500.0).contains(&shore),
        6e3,
        random,
    );
    map.polygon(
        "place",
        "refinery",
        "East Point refinery",
        &rectangle(refinery_at, 1_800.0, 1_200.0, random.uniform(0.0, PI)),
    );
    debug_assert!(!centre_of(land).0.is_nan());
}
