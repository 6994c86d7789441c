//! Generated alerts through our own reader, and through `oasiscap`, an independent implementation,
//! in both directions.

use lapwing_cap::*;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Text that is not blank; anything XML can hold may be in it.
fn text() -> impl Strategy<Value = String> {
    "[ -~\\t\\n\\réß→🛩]{0,20}[!-~é🛩][ -~\\r\\n]{0,5}"
}

fn id() -> impl Strategy<Value = String> {
    "[!-%'-+.-;=-~é]{1,20}"
}

fn time() -> impl Strategy<Value = CapTime> {
    (-2_000_000_000..4_000_000_000_i64, -14 * 4..=14 * 4_i16)
        .prop_map(|(unix_s, quarters)| CapTime::new(unix_s, quarters * 15).expect("in range"))
}

fn named(name: fn(String, String) -> NamedValue) -> impl Strategy<Value = Vec<NamedValue>> {
    vec((text(), text()).prop_map(move |(n, v)| name(n, v)), 0..3)
}

fn point() -> impl Strategy<Value = Point> {
    (-90.0..=90.0, -180.0..=180.0).prop_map(|(lat_deg, lon_deg)| Point { lat_deg, lon_deg })
}

prop_compose! {
    fn area()(
        area_desc in text(),
        polygons in vec(vec(point(), 3..6).prop_map(Polygon::closed), 0..3),
        circles in vec((point(), 0.0..20_000.0).prop_map(|(centre, radius_km)| Circle { centre, radius_km }), 0..3),
        geocodes in named(NamedValue::new),
        altitude_ft in option::of(-1_000.0..1_000.0),
        thickness_ft in option::of(0.0..1e6),
    ) -> Area {
        let ceiling_ft = altitude_ft.zip(thickness_ft).map(|(a, t): (f64, f64)| a + t);
        Area { area_desc, polygons, circles, geocodes, altitude_ft, ceiling_ft }
    }
}

prop_compose! {
    fn info()(
        categories in vec(select(Category::ALL), 1..4),
        event in text(),
        response_types in vec(select(ResponseType::ALL), 0..3),
        (urgency, severity, certainty) in (select(Urgency::ALL), select(Severity::ALL), select(Certainty::ALL)),
        texts in vec(option::of(text()), 6),
        event_codes in named(NamedValue::new),
        parameters in named(NamedValue::new),
        (effective, onset, expires) in (option::of(time()), option::of(time()), option::of(time())),
        language in option::of(select(&["en-GB", "de", "uk-UA"][..])),
        web in option::of("https://example\\.org/[a-z0-9]{0,9}"),
        resources in vec((text(), option::of(any::<u32>()), option::of("[0-9a-f]{40}")), 0..2),
        areas in vec(area(), 0..3),
    ) -> Info {
        let mut texts = texts.into_iter();
        let mut next = || texts.next().flatten();
        Info {
            categories,
            response_types,
            event_codes,
            parameters,
            effective,
            onset,
            expires,
            language: language.map(str::to_owned),
            web,
            audience: next(),
            sender_name: next(),
            headline: next(),
            description: next(),
            instruction: next(),
            contact: next(),
            resources: resources
                .into_iter()
                .map(|(resource_desc, size, digest)| Resource {
                    resource_desc,
                    mime_type: "image/png".to_owned(),
                    size_bytes: size.map(u64::from),
                    uri: Some("https://example.org/a.png".to_owned()),
                    deref_uri: None,
                    digest,
                })
                .collect(),
            areas,
            ..Info::new(Category::Other, event, urgency, severity, certainty)
        }
    }
}

prop_compose! {
    fn alert()(
        (identifier, sender, sent) in (id(), id(), time()),
        status in select(Status::ALL),
        msg_type in select(MsgType::ALL),
        scope in select(Scope::ALL),
        restriction in text(),
        (source, note) in (option::of(text()), option::of(text())),
        addresses in vec("[a-z@]{1,8}( [a-z]{1,4})?", 1..4),
        incidents in vec("[a-z0-9]{1,8}( [a-z]{1,4})?", 0..4),
        codes in vec(text(), 0..3),
        references in vec((id(), id(), time()), 1..4),
        infos in vec(info(), 0..3),
    ) -> Alert {
        Alert {
            source,
            note,
            addresses,
            incidents,
            codes,
            infos,
            restriction: (scope == Scope::Restricted).then_some(restriction),
            references: references
                .into_iter()
                .map(|(sender, identifier, sent)| Reference { sender, identifier, sent })
                .collect(),
            ..Alert::new(identifier, sender, sent, status, msg_type, scope)
        }
    }
}

/// What `oasiscap` 0.2.0 can carry: its XML library reads no decimal heights, though the schema has
/// them, takes white space off the ends of text, and writes carriage returns bare; its `ceiling`
/// stands in the namespace of CAP 1.1.
fn as_they_can(mut alert: Alert) -> Alert {
    let infos = &mut alert.infos;
    for area in infos.iter_mut().flat_map(|info| &mut info.areas) {
        area.altitude_ft = area.altitude_ft.map(|ft| ft.abs().floor());
        area.ceiling_ft = None;
        trim([&mut area.area_desc]);
        trim_values(&mut area.geocodes);
    }
    for info in infos {
        trim([&mut info.event]);
        trim(&mut info.audience);
        trim(&mut info.sender_name);
        trim(&mut info.headline);
        trim(&mut info.description);
        trim(&mut info.instruction);
        trim(&mut info.contact);
        trim(info.resources.iter_mut().map(|r| &mut r.resource_desc));
        trim_values(&mut info.event_codes);
        trim_values(&mut info.parameters);
    }
    trim(&mut alert.source);
    trim(&mut alert.restriction);
    trim(&mut alert.note);
    trim(&mut alert.codes);
    alert
}

fn trim<'a>(texts: impl IntoIterator<Item = &'a mut String>) {
    for text in texts {
        *text = text.trim().replace("\r\n", "\n").replace('\r', "\n");
    }
}

fn trim_values(values: &mut [NamedValue]) {
    for value in values {
        trim([&mut value.value_name, &mut value.value]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_written_is_read_the_same(alert in alert()) {
        let xml = alert.to_xml().expect("the generator keeps the rules");
        prop_assert_eq!(Alert::from_xml(&xml).expect("our own document"), alert);
    }

    /// The other implementation reads our document and sees the same in it.
    #[test]
    fn another_implementation_sees_the_same(alert in alert()) {
        let alert = as_they_can(alert);
        let xml = alert.to_xml().expect("the generator keeps the rules");
        let theirs: oasiscap::v1dot2::Alert = xml.parse().expect("they read our document");
        prop_assert_eq!(theirs.identifier.as_str(), &alert.identifier);
        prop_assert_eq!(theirs.sender.as_str(), &alert.sender);
        prop_assert_eq!(theirs.references.iter().flat_map(|r| r.iter()).count(), alert.references.len());
        prop_assert_eq!(theirs.info.len(), alert.infos.len());
        for (their, our) in theirs.info.iter().zip(&alert.infos) {
            prop_assert_eq!(their.categories.len(), our.categories.len());
            prop_assert_eq!(their.areas.len(), our.areas.len());
            for (their, our) in their.areas.iter().zip(&our.areas) {
                let their_points: Vec<_> = their.polygons.iter().flat_map(|p| p.iter())
                    .map(|p| (p.latitude(), p.longitude())).collect();
                let our_points: Vec<_> = our.polygons.iter().flat_map(|p| &p.points)
                    .map(|p| (p.lat_deg, p.lon_deg)).collect();
                prop_assert_eq!(their_points, our_points);
                for (their, our) in their.circles.iter().zip(&our.circles) {
                    prop_assert_eq!(their.radius, our.radius_km);
                }
            }
        }
        let their_xml = oasiscap::Alert::from(theirs).to_string();
        let back = Alert::from_xml(their_xml).expect("we read theirs");
        prop_assert_eq!(back, alert);
    }
}
