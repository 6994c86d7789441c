//! Every mistake in a site file is answered with its line, its key, what is wrong
//! and how to mend it.

use lapwing_engine::site::{Site, Source};

/// What is wrong with a site of a correct head and this: `line: key: what`.
fn wrong(rest: &str) -> Vec<String> {
    let text = format!("[site]\nname = \"x\"\n{rest}");
    match Site::parse(&text, "x.toml") {
        Ok(_) => Vec::new(),
        Err(errors) => errors
            .iter()
            .map(|e| format!("{}: {}: {}", e.line.unwrap_or(0), e.key, e.what))
            .collect(),
    }
}

#[test]
fn mistakes_are_found_where_they_are() {
    const RADAR: &str = "[[sensor]]\nid = \"r\"\nkind = \"radar\"\n";
    for (rest, expected) in [
        ("colour = 1\n", "3: colour: unknown field `colour`"),
        ("[sensors]\n", "3: sensors: unknown field `sensors`"),
        (
            &format!("{RADAR}lat_deg = 95.0\nlon_deg = 0.0\n"),
            "4: sensor.lat_deg: sensor `r`: latitude 95 is not between -90 and 90 degrees",
        ),
        (
            RADAR,
            "4: sensor.lat_deg: sensor `r` of kind radar has no position",
        ),
        (
            &format!("{RADAR}lat_deg = 5.0\nlon_deg = 0.0\nheight_m = 10.0\n"),
            "4: sensor.height_datum: sensor `r` has a height without its datum",
        ),
        (
            &format!("{RADAR}lat_deg = 5.0\nlon_deg = 0.0\nsac = 3\n"),
            "4: sensor.sac: sensor `r` has only one of sac and sic",
        ),
        (
            &format!("{RADAR}lat_deg = 5.0\nlon_deg = 0.0\nrange_sigma_m = -4.0\n"),
            "8: sensor.range_sigma_m: -4 is not between 0.1 and 10000",
        ),
        (
            "[[sensor]]\nid = \"a\"\nkind = \"microphone\"\nlat_deg = 5\nlon_deg = 5\nazimuth_correlated_share = 1.5\n",
            "8: sensor.azimuth_correlated_share: 1.5 is not between 0 and 1",
        ),
        (
            "[[sensor]]\nid = \"a\"\nkind = \"microphone\"\nlat_deg = 5\nlon_deg = 5\nelevation_scale = 0\n",
            "8: sensor.elevation_scale: 0 is not between 0.1 and 2",
        ),
        (
            "[[sensor]]\nid = \"a\"\nkind = \"sonar\"\n",
            "5: sonar: unknown variant `sonar`",
        ),
        (
            "[[place]]\nid = \"p\"\npolygon = [[0.0,0.0],[0.1,0.1],[0.1,0.0],[0.0,0.1]]\n",
            "5: place.polygon: place `p`: the polygon's boundary crosses itself",
        ),
        (
            "[[place]]\nid = \"p\"\nlat_deg = 1.0\n",
            "4: place: place `p` has no complete extent",
        ),
        (
            "[[place]]\nid = \"p\"\nlat_deg = 1.0\nlon_deg = 1.0\nradius_m = 5.0\n[[place]]\nid = \"p\"\nlat_deg = 1.0\nlon_deg = 1.0\nradius_m = 5.0\n",
            "9: place.id: `p` is already the id of another place",
        ),
        (
            "[[feed]]\nid = \"f\"\nkind = \"asterix\"\naddress = \"localhost\"\n",
            "6: feed.address: `localhost` is no address:port",
        ),
        (
            "[[feed]]\nid = \"f\"\nkind = \"json\"\naddress = \"tcp://127.0.0.1:9000\"\n",
            "6: feed.address: a feed of kind json comes in datagrams, not over TCP",
        ),
        (
            "[[feed]]\nid = \"f\"\nkind = \"telex\"\n",
            "5: feed.kind: `telex` is no kind of feed",
        ),
        (
            "[[feed]]\nid = \"f\"\nkind = \"beast\"\naddress = \"1.2.3.4:30005\"\nsensor = \"none\"\n",
            "7: feed.sensor: there is no sensor `none`",
        ),
        (
            "[[output]]\nkind = \"cap\"\nurl = \"http://example.org\"\n",
            "5: output.url: an output of kind cap goes to a path",
        ),
        (
            "[tracker]\nlateness_s = -1\n",
            "4: tracker.lateness_s: is not a number between 0 and 600",
        ),
        (
            "[tracker]\ntrail_lag_s = 900\n",
            "4: tracker.trail_lag_s: is not a number between 0 and 600",
        ),
        (
            "[tracker]\n\ngate = 3\n",
            "5: tracker.gate: unknown field `gate`",
        ),
        (
            "[warning]\nact = 3\n",
            "4: warning.act: unknown field `act`",
        ),
        ("[[place]\n", "3: TOML: "),
    ] {
        let found = wrong(rest);
        assert!(
            found.iter().any(|f| f.starts_with(expected)),
            "{rest}\nexpected {expected}\nfound {found:#?}"
        );
    }
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_file() {
    let found = wrong(
        "[[feed]]\nid = \"f\"\nkind = \"telex\"\n[[place]]\nid = \"p\"\n[[output]]\nkind = \"fax\"\n",
    );
    let lines: Vec<&str> = found.iter().map(|f| &f[..1]).collect();
    assert_eq!(lines, ["5", "7", "9"], "{found:#?}");
}

#[test]
fn a_whole_site_is_understood() {
    let site = Site::parse(
        r#"
[site]
name = "Harbour"
sender = "watch@harbour.example"
geoid_undulation_m = 38.5
[[sensor]]
id = "north"
kind = "radar"
lat_deg = 56.0
lon_deg = 13.0
height_m = 40.0
height_datum = "msl"
sac = 1
sic = 2
azimuth_sigma_deg = 0.7
[[feed]]
id = "radar"
kind = "asterix"
address = "239.1.1.1:8600"
interface = "127.0.0.1"
[[feed]]
id = "adsb"
kind = "beast"
address = "127.0.0.1:30005"
[[place]]
id = "quay"
name = "Quay"
polygon = [[13.0, 56.0], [13.1, 56.0], [13.1, 56.1]]
[[area]]
id = "old town"
polygon = [[13.0, 56.0], [13.1, 56.0], [13.1, 56.1]]
[[output]]
kind = "tracks"
path = "tracks.jsonl"
[tracker]
lateness_s = 1.5
"#,
        "harbour.toml",
    )
    .unwrap();
    assert_eq!(site.name, "Harbour");
    assert!((site.sensors[0].position.unwrap().height_m - 78.5).abs() < 1e-9);
    assert_eq!(site.sensors[0].sac_sic, Some((1, 2)));
    assert!(matches!(
        site.feeds[0].source,
        Source::Udp {
            interface: Some(_),
            ..
        }
    ));
    assert_eq!(
        site.feeds[1].source,
        Source::Tcp {
            address: "127.0.0.1:30005".into()
        }
    );
    assert_eq!(
        (site.places.len(), site.areas.len(), site.outputs.len()),
        (1, 1, 1)
    );
    assert!((site.lateness_s - 1.5).abs() < 1e-12);
}

#[test]
fn what_is_not_known_of_a_radar_is_understood() {
    let told = "range_bias_sigma_m = 30.0\nazimuth_bias_sigma_deg = 0.3\ntime_bias_sigma_s = 0.2\n";
    let text = "[site]\nname = \"x\"\n\n[[sensor]]\nid = \"r\"\nkind = \"radar\"\n\
                lat_deg = 5.0\nlon_deg = 0.0\n";
    let spec = |text: &str| Site::parse(text, "site.toml").unwrap().sensors[0].clone();
    let sigmas = |s: &lapwing_model::SensorSpec| {
        [
            s.range_bias_sigma_m,
            s.azimuth_bias_sigma_rad.to_degrees(),
            s.time_bias_sigma_s,
        ]
    };
    for (found, expected) in sigmas(&spec(&format!("{text}{told}")))
        .into_iter()
        .zip([30.0, 0.3, 0.2])
    {
        assert!((found - expected).abs() < 1e-12);
    }
    assert_eq!(sigmas(&spec(text)), [0.0; 3]);
}

#[test]
fn what_is_known_of_an_array_is_understood() {
    let text = "[site]\nname = \"x\"\n\n[[sensor]]\nid = \"a\"\nkind = \"acoustic_array\"\n\
                lat_deg = 5.0\nlon_deg = 5.0\nazimuth_sigma_deg = 4.0\nazimuth_bias_sigma_deg = 2.5\n\
                azimuth_correlated_share = 0.5\nazimuth_correlation_s = 12.0\nelevation_scale = 0.8\n\
                range_50_m = 3500.0\n";
    let site = Site::parse(text, "site.toml").unwrap();
    let spec = &site.sensors[0];
    let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
    assert!(close(spec.azimuth_sigma_rad, 4.0_f64.to_radians()));
    assert!(close(spec.azimuth_bias_sigma_rad, 2.5_f64.to_radians()));
    assert!(close(spec.azimuth_correlated_share, 0.5) && close(spec.azimuth_correlation_s, 12.0));
    assert!(close(spec.elevation_scale, 0.8));
    assert_eq!(spec.range_50_m, Some(3_500.0));
    let unsaid = Site::parse(&text[..text.find("azimuth_bias").unwrap()], "site.toml").unwrap();
    assert!(close(
        unsaid.sensors[0].azimuth_bias_sigma_rad,
        3.0_f64.to_radians()
    ));
}
