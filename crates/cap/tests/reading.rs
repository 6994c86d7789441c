//! Documents from elsewhere: what is read, what is refused, and with which words.

use lapwing_cap::*;
use proptest::prelude::*;

/// A document by hand, with other prefixes, order of attributes and white space than ours.
const FOREIGN: &str = r#"<?xml version = "1.0" encoding = "utf-8"?>
<?xml-stylesheet href="cap.xsl"?>
<!-- a drill -->
<c:alert xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xmlns:c="urn:oasis:names:tc:emergency:cap:1.2" xsi:schemaLocation="x y">
  <c:identifier> KSTO1055887203 </c:identifier>
  <c:sender>KSTO@NWS.NOAA.GOV</c:sender>
  <c:sent>
    2003-06-17T14:57:00-07:00
  </c:sent>
  <c:status>Test</c:status><c:msgType>Alert</c:msgType>
  <c:scope>Public</c:scope>
  <c:note/>
  <c:info>
    <c:category>Met</c:category>
    <c:event>A <![CDATA[<b> &]]> &#x43;&lt;&amp;</c:event>
    <c:urgency>Expected</c:urgency><c:severity>Minor</c:severity>
    <c:certainty>Observed</c:certainty>
    <c:area>
      <c:areaDesc>Here</c:areaDesc>
      <c:polygon>38.47,-120.14
        38.34,-119.95 38.52,-119.74 38.47,-120.14</c:polygon>
      <c:circle>
        32.9525,-115.5527 0</c:circle>
    </c:area>
  </c:info>
</c:alert>
<!-- end -->
"#;

#[test]
fn a_foreign_document_is_read() {
    for document in [FOREIGN.to_owned(), format!("\u{FEFF}{FOREIGN}")] {
        let alert = Alert::from_xml(document).expect("is read");
        assert_eq!(alert.identifier, "KSTO1055887203");
        assert_eq!(alert.sent.to_string(), "2003-06-17T14:57:00-07:00");
        assert_eq!(alert.status, Status::Test);
        assert_eq!(alert.note, None);
        let info = &alert.infos[0];
        assert_eq!(info.event, "A <b> & C<&");
        assert_eq!(info.areas[0].polygons[0].points.len(), 4);
        assert_eq!(info.areas[0].circles[0].centre.lon_deg, -115.5527);
        assert_eq!(alert.check(), []);
    }
}

#[test]
fn what_is_refused() {
    use ReadReason as R;
    let unknown = |name: &str| R::Unknown(name.to_owned());
    // (find, replace with, element, reason)
    let cases = [
        (
            "<!-- a drill -->",
            "<!DOCTYPE a [<!ENTITY b 'c'>]>",
            "document",
            R::DocType,
        ),
        (
            "Here<",
            "&b;<",
            "alert/info/area/areaDesc",
            R::Entity("b".into()),
        ),
        (
            "Here<",
            "&#0;<",
            "alert/info/area/areaDesc",
            R::Entity("#0".into()),
        ),
        ("Here<", "&#7;<", "alert/info/area/areaDesc", R::Char(7)),
        ("Here<", "\u{1}<", "alert/info/area/areaDesc", R::Char(1)),
        ("cap:1.2", "cap:1.1", "document", R::Root),
        ("\"utf-8\"", "\"latin-1\"", "document", R::Encoding),
        ("<c:note/>", "<c:remark/>", "alert", unknown("remark")),
        ("<c:note/>", "<note/>", "alert", unknown("note")),
        (
            "<c:note/>",
            "<c:note a=\"b\"/>",
            "alert",
            R::Attribute("a".into()),
        ),
        (
            "<c:note/>",
            "<c:note><c:note/></c:note>",
            "alert/note",
            unknown("note"),
        ),
        (
            "<c:note/>",
            "<c:note/><c:note/>",
            "alert",
            R::Repeated("note"),
        ),
        ("<c:note/>", "word", "alert", R::StrayText),
        (
            "<c:note/>",
            "<c:source>s</c:source>",
            "alert",
            R::Order {
                name: "source",
                before: "scope",
            },
        ),
        (
            "<c:scope>Public</c:scope>",
            "",
            "alert",
            R::Missing("scope"),
        ),
        (
            "<c:category>Met</c:category>",
            "",
            "alert/info",
            R::Missing("category"),
        ),
        (
            "<c:areaDesc>Here</c:areaDesc>",
            "",
            "alert/info/area",
            R::Missing("areaDesc"),
        ),
        (">Test<", ">test<", "alert/status", R::Word("test".into())),
        (
            "57:00-07:00",
            "57:00Z",
            "alert/sent",
            R::Time(TimeError::Form),
        ),
        ("06-17T", "06-31T", "alert/sent", R::Time(TimeError::Range)),
        (
            "38.34,-119.95",
            "38.34",
            "alert/info/area/polygon",
            R::Content("polygon"),
        ),
        (
            "-115.5527 0",
            "-115.5527",
            "alert/info/area/circle",
            R::Content("circle"),
        ),
        ("</c:alert>", "", "alert", R::Ended),
        ("<!-- end -->", "<c:alert/>", "document", R::AfterRoot),
    ];
    for (find, replace, element, reason) in cases {
        let document = FOREIGN.replacen(find, replace, 1);
        assert_ne!(document, FOREIGN, "{find}");
        let error = Alert::from_xml(&document).expect_err(replace);
        assert_eq!(
            (error.element.as_str(), &error.reason),
            (element, &reason),
            "{error}"
        );
        assert!(error.offset as usize <= document.len());
    }
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for (find, replace) in [
        ("</c:note>", "</c:not>"),
        ("<c:note/>", "<c:note></c:code>"),
        ("<c:note/>", "<c:note xmlns:a='1' xmlns:a='2'/>"),
        ("Here<", "a & b<"),
    ] {
        let document = FOREIGN.replacen(
            "<c:note/>",
            "<c:note></c:note>",
            usize::from(find == "</c:note>"),
        );
        let document = document.replacen(find, replace, 1);
        let error = Alert::from_xml(&document).expect_err(replace);
        assert!(
            matches!(error.reason, ReadReason::Xml(_)),
            "{replace}: {error}"
        );
    }
}

#[test]
fn bounds() {
    let long = vec![b' '; MAX_DOCUMENT_BYTES + 1];
    assert_eq!(
        Alert::from_xml(long).map_err(|e| e.reason),
        Err(ReadReason::TooLong)
    );
    let latin = [b"<alert>", &[0xE9][..]].concat();
    let error = Alert::from_xml(latin).expect_err("not UTF-8");
    assert_eq!((error.offset, error.reason), (7, ReadReason::Encoding));
    // Attributes by the hundred thousand must not take a time that grows with their square.
    let many: String = (0..200_000).map(|n| format!(" xmlns:a{n}='u'")).collect();
    let start = std::time::Instant::now();
    Alert::from_xml(format!("<alert{many}>")).expect_err("too many");
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    let deep = "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'>".repeat(50_000);
    Alert::from_xml(deep).expect_err("too deep");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// A document with bytes changed, removed or doubled: an answer, never a panic; and what is
    /// read and valid is written and read again the same.
    #[test]
    fn mutated_documents_are_answered(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0..4u8, any::<u8>()), 1..6),
    ) {
        let mut bytes = FOREIGN.as_bytes().to_vec();
        for (at, edit, byte) in edits {
            let at = at.index(bytes.len());
            match edit {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, b"<>&;/\"' c"[usize::from(byte) % 9]),
                _ => bytes.truncate(at.max(9)),
            }
        }
        if let Ok(alert) = Alert::from_xml(&bytes)
            && let Ok(xml) = alert.to_xml()
        {
            prop_assert_eq!(Alert::from_xml(xml), Ok(alert));
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Alert::from_xml(bytes).is_err());
    }
}
