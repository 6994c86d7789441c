//! The rules that a CAP document must meet beyond its form (CAP 1.2 section 3.2, the notes to each
//! element). All violations are found at once: a warning that cannot be sent must be mended in one
//! go.

use std::fmt;

use crate::alert::{Alert, Area, Info, NamedValue, Point, Polygon, Reference, Resource};
use crate::text::is_xml_char;
use crate::words::{MsgType, Scope};

/// A rule an alert breaks: where, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The element, as a path counted from 1: `alert/info[1]/area[2]/polygon[1]`.
    pub element: String,
    /// What is wrong with it.
    pub why: String,
    /// How to mend it.
    pub mend: &'static str,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.element, self.why, self.mend)
    }
}

/// Every rule an alert breaks; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violations(pub Vec<Violation>);

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this is no valid CAP 1.2 alert")?;
        for violation in &self.0 {
            write!(f, "\n  {violation}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

impl Alert {
    /// Every rule of CAP 1.2 this alert breaks; empty where it is valid.
    #[must_use]
    pub fn check(&self) -> Vec<Violation> {
        let mut found = Found::default();
        self.check_into(&mut found);
        found.0
    }

    fn check_into(&self, found: &mut Found) {
        found.id("alert/identifier", &self.identifier);
        found.id("alert/sender", &self.sender);
        found.optional("alert/source", self.source.as_deref());
        found.optional("alert/restriction", self.restriction.as_deref());
        found.optional("alert/note", self.note.as_deref());
        found.if_(
            self.scope == Scope::Restricted && self.restriction.is_none(),
            "alert/restriction",
            "scope is Restricted, but no rule for the restriction is given",
            "say in `restriction` who may see it",
        );
        found.if_(
            self.scope != Scope::Restricted && self.restriction.is_some(),
            "alert/restriction",
            "it is used with scope Restricted only",
            "leave it out, or set the scope to Restricted",
        );
        found.if_(
            self.scope == Scope::Private && self.addresses.is_empty(),
            "alert/addresses",
            "scope is Private, but no recipient is named",
            "name one in `addresses`, or choose another scope",
        );
        found.items("alert/addresses", &self.addresses);
        found.items("alert/incidents", &self.incidents);
        for (n, code) in (1..).zip(&self.codes) {
            found.text(&format!("alert/code[{n}]"), code);
        }
        found.if_(
            self.msg_type != MsgType::Alert && self.references.is_empty(),
            "alert/references",
            "a message other than Alert must say which messages it refers to",
            "put the earlier message's `reference()` there",
        );
        for (n, reference) in (1..).zip(&self.references) {
            reference.check_into(n, found);
        }
        for (n, info) in (1..).zip(&self.infos) {
            info.check_into(&format!("alert/info[{n}]"), found);
        }
    }
}

impl Reference {
    fn check_into(&self, n: usize, found: &mut Found) {
        found.id(&format!("alert/references[{n}]/sender"), &self.sender);
        found.id(
            &format!("alert/references[{n}]/identifier"),
            &self.identifier,
        );
    }
}

impl Info {
    fn check_into(&self, at: &str, found: &mut Found) {
        let path = |name: &str| format!("{at}/{name}");
        let language_fits = |language: &str| {
            language.split('-').enumerate().all(|(n, part)| {
                (1..=8).contains(&part.len())
                    && part
                        .bytes()
                        .all(|b| b.is_ascii_alphabetic() || (n > 0 && b.is_ascii_digit()))
            })
        };
        found.if_(
            self.language.as_deref().is_some_and(|l| !language_fits(l)),
            path("language"),
            "this is no language tag (RFC 3066)",
            "write it like `en-GB`",
        );
        found.if_(
            self.categories.is_empty(),
            path("category"),
            "one category at least is required",
            "add one; `Other` fits anything",
        );
        found.text(&path("event"), &self.event);
        for (name, text) in [
            ("audience", &self.audience),
            ("senderName", &self.sender_name),
            ("headline", &self.headline),
            ("description", &self.description),
            ("instruction", &self.instruction),
            ("contact", &self.contact),
        ] {
            found.optional(&path(name), text.as_deref());
        }
        found.uri(&path("web"), self.web.as_deref(), true);
        found.values(&path("eventCode"), &self.event_codes);
        found.values(&path("parameter"), &self.parameters);
        for (n, resource) in (1..).zip(&self.resources) {
            resource.check_into(&path(&format!("resource[{n}]")), found);
        }
        for (n, area) in (1..).zip(&self.areas) {
            area.check_into(&path(&format!("area[{n}]")), found);
        }
    }
}

impl Resource {
    fn check_into(&self, at: &str, found: &mut Found) {
        let path = |name: &str| format!("{at}/{name}");
        found.text(&path("resourceDesc"), &self.resource_desc);
        found.text(&path("mimeType"), &self.mime_type);
        let mut halves = self.mime_type.split('/');
        let is_mime = halves.next().is_some_and(is_token)
            && halves.next().is_some_and(is_token)
            && halves.next().is_none();
        found.if_(
            !is_mime && !self.mime_type.trim().is_empty(),
            path("mimeType"),
            "this is no MIME type (RFC 2046)",
            "write it like `image/png`",
        );
        found.uri(&path("uri"), self.uri.as_deref(), self.deref_uri.is_none());
        found.if_(
            self.deref_uri
                .as_deref()
                .is_some_and(|text| !is_base64(text)),
            path("derefUri"),
            "this is no base64",
            "encode the content in base64 (RFC 4648, with padding)",
        );
        let is_digest =
            |text: &str| text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit());
        found.if_(
            self.digest.as_deref().is_some_and(|text| !is_digest(text)),
            path("digest"),
            "this is no SHA-1 value",
            "write the 40 hexadecimal digits of the content's SHA-1, or leave it out",
        );
    }
}

impl Area {
    fn check_into(&self, at: &str, found: &mut Found) {
        let path = |name: &str| format!("{at}/{name}");
        found.text(&path("areaDesc"), &self.area_desc);
        for (n, polygon) in (1..).zip(&self.polygons) {
            polygon.check_into(&path(&format!("polygon[{n}]")), found);
        }
        for (n, circle) in (1..).zip(&self.circles) {
            let at = path(&format!("circle[{n}]"));
            found.point(&at, &circle.centre);
            found.if_(
                !(circle.radius_km.is_finite() && circle.radius_km >= 0.0),
                at,
                "its radius is no length",
                "give the radius in kilometres, nought or more",
            );
        }
        found.values(&path("geocode"), &self.geocodes);
        for (name, height) in [("altitude", self.altitude_ft), ("ceiling", self.ceiling_ft)] {
            found.if_(
                height.is_some_and(|ft| !ft.is_finite()),
                path(name),
                "it is no number",
                "give it in feet above mean sea level, or leave it out",
            );
        }
        found.if_(
            self.ceiling_ft.is_some() && self.altitude_ft.is_none(),
            path("ceiling"),
            "it is used together with `altitude` only",
            "give the lower limit in `altitude`",
        );
        let upside_down = match (self.altitude_ft, self.ceiling_ft) {
            (Some(altitude), Some(ceiling)) => ceiling < altitude,
            _ => false,
        };
        found.if_(
            upside_down,
            path("ceiling"),
            "the upper limit is below the lower one",
            "exchange `altitude` and `ceiling`",
        );
    }
}

impl Polygon {
    fn check_into(&self, at: &str, found: &mut Found) {
        found.if_(
            self.points.len() < 4,
            at,
            "it has fewer than four points",
            "give three corners and the first one again",
        );
        found.if_(
            self.points.first() != self.points.last(),
            at,
            "it does not end where it begins",
            "repeat the first point at the end, or make it with `Polygon::closed`",
        );
        // One line says it; a coast has thousands of points.
        let bad = self.points.iter().find(|point| !is_on_earth(point));
        if let Some(point) = bad {
            found.point(at, point);
        }
    }
}

fn is_on_earth(point: &Point) -> bool {
    // A comparison with a number that is none is false.
    point.lat_deg.abs() <= 90.0 && point.lon_deg.abs() <= 180.0
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+;=\"' ".contains(&b))
}

fn is_base64(text: &str) -> bool {
    let bytes: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let padding = bytes.iter().rev().take_while(|&&byte| byte == b'=').count();
    let body = &bytes[..bytes.len() - padding];
    !body.is_empty()
        && padding <= 2
        && bytes.len().is_multiple_of(4)
        && body
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte))
}

#[derive(Default)]
struct Found(Vec<Violation>);

impl Found {
    fn if_(
        &mut self,
        broken: bool,
        element: impl Into<String>,
        why: impl Into<String>,
        mend: &'static str,
    ) {
        if broken {
            self.0.push(Violation {
                element: element.into(),
                why: why.into(),
                mend,
            });
        }
    }

    /// Text that must be there.
    fn text(&mut self, at: &str, text: &str) {
        self.if_(text.trim().is_empty(), at, "it is empty", "fill it");
        self.chars(at, text);
    }

    fn optional(&mut self, at: &str, text: Option<&str>) {
        let Some(text) = text else { return };
        self.if_(
            text.trim().is_empty(),
            at,
            "it is empty",
            "fill it or leave it out",
        );
        self.chars(at, text);
    }

    fn chars(&mut self, at: &str, text: &str) {
        if let Some(bad) = text.chars().find(|&c| !is_xml_char(c)) {
            self.if_(
                true,
                at,
                format!("the character U+{:04X} cannot stand in XML", u32::from(bad)),
                "take it out",
            );
        }
    }

    /// `identifier` and `sender`: no spaces, commas, `<` or `&`.
    fn id(&mut self, at: &str, text: &str) {
        self.text(at, text);
        let bad = |c: char| c.is_whitespace() || matches!(c, ',' | '<' | '&');
        self.if_(
            !text.trim().is_empty() && text.contains(bad),
            at,
            "spaces, commas, `<` and `&` must not be in it",
            "replace them, for instance with `-`",
        );
    }

    fn items(&mut self, at: &str, items: &[String]) {
        for (n, item) in (1..).zip(items) {
            let at = format!("{at}[{n}]");
            self.text(&at, item);
            self.if_(
                item.contains('"'),
                at,
                "a double quote cannot be in it: quotes hold items with spaces together",
                "take the quote out",
            );
        }
    }

    fn values(&mut self, at: &str, values: &[NamedValue]) {
        for (n, value) in (1..).zip(values) {
            self.text(&format!("{at}[{n}]/valueName"), &value.value_name);
            self.chars(&format!("{at}[{n}]/value"), &value.value);
        }
    }

    fn point(&mut self, at: &str, point: &Point) {
        self.if_(
            !is_on_earth(point),
            at,
            format!("{},{} is no place", point.lat_deg, point.lon_deg),
            "give latitude (-90 to 90) then longitude (-180 to 180) in degrees",
        );
    }

    fn uri(&mut self, at: &str, uri: Option<&str>, absolute: bool) {
        let Some(uri) = uri else { return };
        let bad = |c: char| c.is_whitespace() || c.is_control() || "<>\"{}|\\^`".contains(c);
        self.if_(
            uri.is_empty() || uri.contains(bad),
            at,
            "this is no URI (RFC 3986)",
            "escape what cannot stand in a URI with %",
        );
        let has_scheme = uri.split_once(':').is_some_and(|(scheme, rest)| {
            !rest.is_empty()
                && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        });
        self.if_(
            absolute && !has_scheme,
            at,
            "it is not absolute",
            "write it whole, like `https://example.org/warnings/42`",
        );
    }
}
