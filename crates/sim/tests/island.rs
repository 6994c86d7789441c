//! The island's geometry: what the committed GeoJSON holds.

use lapwing_geo::{Area, Geodetic, Polygon, distance_m};
use lapwing_sim::MERROW_GEOJSON;
use serde_json::Value;
use std::collections::BTreeSet;

fn features(kind: &str) -> Vec<Value> {
    let collection: Value = serde_json::from_str(MERROW_GEOJSON).unwrap();
    let all = collection["features"].as_array().unwrap();
    all.iter()
        .filter(|f| f["properties"]["kind"] == kind)
        .cloned()
        .collect()
}

fn position(corner: &Value) -> Geodetic {
    Geodetic::new(
        corner[1].as_f64().unwrap(),
        corner[0].as_f64().unwrap(),
        0.0,
    )
}

fn polygon(feature: &Value) -> Area {
    let ring = feature["geometry"]["coordinates"][0].as_array().unwrap();
    assert_eq!(ring.first(), ring.last(), "a ring is closed");
    Area::Polygon(Polygon::new(ring.iter().map(position).collect()).unwrap())
}

#[test]
fn the_island_measures_120_by_80_km_in_open_ocean() {
    let land = &features("land")[0];
    let ring = land["geometry"]["coordinates"][0].as_array().unwrap();
    let middle = Geodetic::new(46.5, -30.0, 0.0);
    let (mut east, mut north) = (0.0_f64, 0.0_f64);
    for corner in ring {
        let at = position(corner);
        east = east.max((at.lon_deg - middle.lon_deg).abs());
        north = north.max((at.lat_deg - middle.lat_deg).abs());
    }
    let width_m = 2.0 * distance_m(middle, Geodetic::new(46.5, -30.0 + east, 0.0));
    let height_m = 2.0 * distance_m(middle, Geodetic::new(46.5 + north, -30.0, 0.0));
    assert!((width_m - 120e3).abs() < 2_000.0, "{width_m}");
    assert!((height_m - 80e3).abs() < 1_000.0, "{height_m}");
    // more coast than an ellipse has: it is cut by bays
    let coast_m: f64 = ring
        .windows(2)
        .map(|w| distance_m(position(&w[0]), position(&w[1])))
        .sum();
    assert!(coast_m > 1.15 * 317e3, "{coast_m}");
}

#[test]
fn sixty_towns_stand_on_land_and_follow_zipf() {
    let land = polygon(&features("land")[0]);
    let lake = polygon(&features("water")[0]);
    let towns = features("town");
    assert_eq!(towns.len(), 60);
    let mut names = BTreeSet::new();
    let mut people = Vec::new();
    for town in &towns {
        let at = position(&town["geometry"]["coordinates"]);
        assert!(land.contains(at) && !lake.contains(at), "{town}");
        assert_eq!(town["properties"]["radius_m"], 3000);
        names.insert(town["properties"]["name"].as_str().unwrap());
        people.push(town["properties"]["population"].as_f64().unwrap());
    }
    assert_eq!(names.len(), 60);
    assert!((people.iter().sum::<f64>() - 400_000.0).abs() < 300.0);
    for (rank, count) in people.iter().enumerate() {
        let expected = people[0] * ((rank + 1) as f64).powf(-0.8);
        assert!(
            (count - expected).abs() < 11.0,
            "rank {rank}: {count} {expected}"
        );
    }
}

#[test]
fn places_are_simple_polygons_and_stand_where_they_belong() {
    let land = polygon(&features("land")[0]);
    let places = features("place");
    let ids: Vec<_> = places
        .iter()
        .map(|p| p["properties"]["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids,
        [
            "port",
            "ferry-lane",
            "airport",
            "power-station",
            "hospital",
            "refinery"
        ]
    );
    for place in &places {
        let on_land = land.contains(polygon(place).centre());
        let wanted = place["properties"]["id"] != "ferry-lane";
        // the port lies across the shore
        assert!(
            on_land == wanted || place["properties"]["id"] == "port",
            "{place}"
        );
    }
    let ring = |p: &Value| p["geometry"]["coordinates"][0].as_array().unwrap().clone();
    let port = ring(&places[0]);
    assert!(port.iter().any(|c| land.contains(position(c))));
    assert!(port.iter().any(|c| !land.contains(position(c))));
}

#[test]
fn islets_and_roads_are_whole() {
    let land = features("land");
    assert_eq!(land.len(), 6);
    let main_land = polygon(&land[0]);
    for islet in &land[1..] {
        assert!(!main_land.contains(polygon(islet).centre()));
    }
    let roads = features("road");
    assert!(roads.len() >= 59, "{}", roads.len());
    for road in &roads {
        for corner in road["geometry"]["coordinates"].as_array().unwrap() {
            assert!(main_land.contains(position(corner)), "{road}");
        }
    }
}
