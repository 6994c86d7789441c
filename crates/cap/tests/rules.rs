//! Every rule of the standard that is enforced, one line each: what is done to a good alert, the
//! element that must be named, and a word of the reason.

use lapwing_cap::*;

fn time(text: &str) -> CapTime {
    text.parse().expect("a CAP time")
}

fn square() -> Polygon {
    let corner = |lat_deg, lon_deg| Point { lat_deg, lon_deg };
    Polygon::closed(vec![
        corner(38.47, -120.14),
        corner(38.34, -119.95),
        corner(38.52, -119.74),
    ])
}

/// An alert that uses every element.
fn full() -> Alert {
    let mut alert = Alert::new(
        "lapwing-1-42",
        "watch@example.org",
        time("2026-11-22T17:00:00-00:00"),
        Status::Exercise,
        MsgType::Update,
        Scope::Restricted,
    );
    alert.source = Some("node 1".to_owned());
    alert.restriction = Some("participants".to_owned());
    alert.addresses = vec!["a@example.org".to_owned(), "harbour master".to_owned()];
    alert.codes = vec!["IPAWSv1.0".to_owned(), "profile:2".to_owned()];
    alert.note = Some("Exercise \"Kiebitz\" <day 2> & last ]]>".to_owned());
    alert.references = vec![Reference {
        sender: "watch@example.org".to_owned(),
        identifier: "lapwing-1-41".to_owned(),
        sent: time("2026-11-22T19:58:00+03:00"),
    }];
    alert.incidents = vec!["night 1".to_owned(), "n2".to_owned()];
    let mut info = Info::new(
        Category::Safety,
        "Unidentified aircraft",
        Urgency::Immediate,
        Severity::Severe,
        Certainty::Likely,
    );
    info.language = Some("en-GB".to_owned());
    info.categories.push(Category::CBRNE);
    info.response_types = vec![ResponseType::Shelter, ResponseType::Monitor];
    info.audience = Some("harbour".to_owned());
    info.event_codes = vec![NamedValue::new("LAPWING", "act")];
    info.effective = Some(time("2026-11-22T17:00:00-00:00"));
    info.onset = Some(time("2026-11-22T12:06:00-05:00"));
    info.expires = Some(time("2026-11-22T17:20:00-00:00"));
    info.sender_name = Some("Island watch".to_owned());
    info.headline = Some("Take shelter".to_owned());
    info.description = Some("Track (1, 7)\r\n comes from the sea.\n  ".to_owned());
    info.instruction = Some("Go inside.".to_owned());
    info.web = Some("https://example.org/warnings/42?a=1&b=2".to_owned());
    info.contact = Some("+00 123".to_owned());
    info.parameters = vec![
        NamedValue::new("probability", "0.93"),
        NamedValue::new("x", ""),
    ];
    info.resources = vec![Resource {
        resource_desc: "map".to_owned(),
        mime_type: "image/svg+xml".to_owned(),
        size_bytes: Some(3),
        uri: Some("map.svg".to_owned()),
        deref_uri: Some("TWFu".to_owned()),
        digest: Some("0123456789abcdef0123456789ABCDEF01234567".to_owned()),
    }];
    let mut area = Area::new("North harbour");
    area.polygons = vec![square(), square()];
    area.circles = vec![Circle {
        centre: Point {
            lat_deg: -1.5e-7,
            lon_deg: 179.999_999_9,
        },
        radius_km: 0.0,
    }];
    area.geocodes = vec![NamedValue::new("HB", "7")];
    area.altitude_ft = Some(0.0);
    area.ceiling_ft = Some(1e21);
    info.areas = vec![area, Area::new("South")];
    alert.infos = vec![info.clone(), info];
    alert
}

#[test]
fn a_full_alert_is_valid_and_comes_back_the_same() {
    let alert = full();
    assert_eq!(alert.check(), []);
    let xml = alert.to_xml().expect("valid");
    assert_eq!(Alert::from_xml(&xml), Ok(alert));
}

/// Breaks a good alert.
type Break = fn(&mut Alert);

#[test]
fn every_rule() {
    let cases: &[(&str, &str, Break)] = &[
        ("alert/identifier", "spaces, commas", |a| {
            a.identifier = "a b".into();
        }),
        ("alert/identifier", "spaces, commas", |a| {
            a.identifier = "a,b".into();
        }),
        ("alert/identifier", "spaces, commas", |a| {
            a.identifier = "a<b".into();
        }),
        ("alert/identifier", "spaces, commas", |a| {
            a.identifier = "a&b".into();
        }),
        ("alert/identifier", "empty", |a| a.identifier.clear()),
        ("alert/sender", "spaces, commas", |a| {
            a.sender = "a\tb".into();
        }),
        ("alert/sender", "empty", |a| a.sender.clear()),
        ("alert/source", "empty", |a| a.source = Some(" ".into())),
        ("alert/restriction", "Restricted", |a| a.restriction = None),
        ("alert/restriction", "Restricted only", |a| {
            a.scope = Scope::Public;
        }),
        ("alert/addresses", "Private", |a| {
            a.scope = Scope::Private;
            a.restriction = None;
            a.addresses.clear();
        }),
        ("alert/addresses[1]", "quote", |a| {
            a.addresses[0] = "a\"b".into();
        }),
        ("alert/addresses[2]", "empty", |a| a.addresses[1].clear()),
        ("alert/incidents[2]", "empty", |a| a.incidents[1].clear()),
        ("alert/code[2]", "empty", |a| a.codes[1].clear()),
        ("alert/note", "U+0007", |a| {
            a.note = Some("ding\u{7}".into());
        }),
        ("alert/references", "refers to", |a| a.references.clear()),
        ("alert/references", "refers to", |a| {
            a.msg_type = MsgType::Cancel;
            a.references.clear();
        }),
        ("alert/references[1]/sender", "spaces", |a| {
            a.references[0].sender = "x y".into();
        }),
        ("alert/references[1]/identifier", "spaces", |a| {
            a.references[0].identifier = "x,y".into();
        }),
        ("alert/info[2]/language", "RFC 3066", |a| {
            a.infos[1].language = Some("en_GB".into());
        }),
        ("alert/info[1]/language", "RFC 3066", |a| {
            a.infos[0].language = Some("1-en".into());
        }),
        ("alert/info[1]/category", "required", |a| {
            a.infos[0].categories.clear();
        }),
        ("alert/info[1]/event", "empty", |a| a.infos[0].event.clear()),
        ("alert/info[1]/headline", "U+FFFE", |a| {
            a.infos[0].headline = Some("\u{FFFE}".into());
        }),
        ("alert/info[1]/description", "empty", |a| {
            a.infos[0].description = Some(String::new());
        }),
        ("alert/info[1]/web", "absolute", |a| {
            a.infos[0].web = Some("warnings/42".into());
        }),
        ("alert/info[1]/web", "RFC 3986", |a| {
            a.infos[0].web = Some("https://a b".into());
        }),
        ("alert/info[1]/eventCode[1]/valueName", "empty", |a| {
            a.infos[0].event_codes[0].value_name.clear();
        }),
        ("alert/info[1]/parameter[1]/value", "U+0000", |a| {
            a.infos[0].parameters[0].value = "\0".into();
        }),
        ("alert/info[1]/resource[1]/resourceDesc", "empty", |a| {
            a.infos[0].resources[0].resource_desc.clear();
        }),
        ("alert/info[1]/resource[1]/mimeType", "RFC 2046", |a| {
            a.infos[0].resources[0].mime_type = "png".into();
        }),
        ("alert/info[1]/resource[1]/uri", "absolute", |a| {
            a.infos[0].resources[0].deref_uri = None;
        }),
        ("alert/info[1]/resource[1]/derefUri", "base64", |a| {
            a.infos[0].resources[0].deref_uri = Some("TWF".into());
        }),
        ("alert/info[1]/resource[1]/digest", "SHA-1", |a| {
            a.infos[0].resources[0].digest = Some("abc".into());
        }),
        ("alert/info[1]/area[1]/areaDesc", "empty", |a| {
            a.infos[0].areas[0].area_desc.clear();
        }),
        ("alert/info[1]/area[1]/polygon[2]", "begins", |a| {
            a.infos[0].areas[0].polygons[1].points[3].lat_deg += 0.1;
        }),
        ("alert/info[1]/area[1]/polygon[1]", "four", |a| {
            a.infos[0].areas[0].polygons[0].points.remove(1);
        }),
        ("alert/info[1]/area[1]/polygon[1]", "no place", |a| {
            a.infos[0].areas[0].polygons[0].points[1].lat_deg = 90.1;
        }),
        ("alert/info[1]/area[1]/polygon[1]", "no place", |a| {
            a.infos[0].areas[0].polygons[0].points[1].lon_deg = f64::NAN;
        }),
        ("alert/info[1]/area[1]/circle[1]", "no place", |a| {
            a.infos[0].areas[0].circles[0].centre.lon_deg = -180.1;
        }),
        ("alert/info[1]/area[1]/circle[1]", "no length", |a| {
            a.infos[0].areas[0].circles[0].radius_km = -1.0;
        }),
        ("alert/info[1]/area[1]/circle[1]", "no length", |a| {
            a.infos[0].areas[0].circles[0].radius_km = f64::INFINITY;
        }),
        ("alert/info[1]/area[1]/geocode[1]/valueName", "empty", |a| {
            a.infos[0].areas[0].geocodes[0].value_name.clear();
        }),
        ("alert/info[1]/area[1]/altitude", "no number", |a| {
            a.infos[0].areas[0].altitude_ft = Some(f64::NAN);
        }),
        ("alert/info[1]/area[1]/ceiling", "altitude", |a| {
            a.infos[0].areas[0].altitude_ft = None;
        }),
        ("alert/info[1]/area[1]/ceiling", "below", |a| {
            a.infos[0].areas[0].ceiling_ft = Some(-1.0);
        }),
    ];
    for (element, why, break_it) in cases {
        let mut alert = full();
        break_it(&mut alert);
        let violations = alert.to_xml().expect_err(element).0;
        let [only] = &violations[..] else {
            panic!("{element} {why}: {violations:?}");
        };
        assert_eq!(only.element, *element, "{only}");
        assert!(only.why.contains(why), "{element} {why}: {only}");
        assert!(!only.mend.is_empty());
    }
}

#[test]
fn all_violations_are_given_at_once() {
    let mut alert = full();
    alert.identifier.clear();
    alert.references.clear();
    alert.infos[1].areas[0].polygons[0].points.clear();
    let violations = alert.to_xml().expect_err("three things are wrong");
    assert_eq!(violations.0.len(), 3);
    let words = violations.to_string();
    for element in [
        "alert/identifier",
        "alert/references",
        "alert/info[2]/area[1]/polygon[1]",
    ] {
        assert!(words.contains(element), "{words}");
    }
}
