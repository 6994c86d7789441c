//! The small notations inside CAP's elements: coordinate lists, quoted lists, references, decimals.

use crate::alert::{Circle, Point, Polygon, Reference};

/// What XML 1.0 lets a document hold (production 2, `Char`).
pub(crate) fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// An `xs:decimal`: no exponent, no `NaN`.
pub(crate) fn decimal(text: &str) -> Option<f64> {
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.'));
    let value: f64 = plain.then(|| text.parse().ok())??;
    value.is_finite().then_some(value)
}

pub(crate) fn point(text: &str) -> Option<Point> {
    let (lat, lon) = text.split_once(',')?;
    Some(Point {
        lat_deg: decimal(lat)?,
        lon_deg: decimal(lon)?,
    })
}

pub(crate) fn polygon(text: &str) -> Option<Polygon> {
    let points = text.split_ascii_whitespace().map(point).collect();
    Option::map(points, |points| Polygon { points })
}

pub(crate) fn circle(text: &str) -> Option<Circle> {
    let mut parts = text.split_ascii_whitespace();
    let circle = Circle {
        centre: point(parts.next()?)?,
        radius_km: decimal(parts.next()?)?,
    };
    parts.next().is_none().then_some(circle)
}

pub(crate) fn references(text: &str) -> Option<Vec<Reference>> {
    text.split_ascii_whitespace()
        .map(|reference| {
            let mut parts = reference.split(',');
            let reference = Reference {
                sender: parts.next()?.to_owned(),
                identifier: parts.next()?.to_owned(),
                sent: parts.next()?.parse().ok()?,
            };
            parts.next().is_none().then_some(reference)
        })
        .collect()
}

/// A list separated by spaces, in which an item with spaces stands in double quotes.
pub(crate) fn items(text: &str) -> Option<Vec<String>> {
    let mut items = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (item, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                rest.split_at(end)
            }
        };
        if !after.is_empty() && !after.starts_with(char::is_whitespace) {
            return None;
        }
        items.push(item.to_owned());
        rest = after.trim_start();
    }
    Some(items)
}

pub(crate) fn write_point(point: &Point) -> String {
    format!("{},{}", point.lat_deg, point.lon_deg)
}

pub(crate) fn write_polygon(polygon: &Polygon) -> String {
    let points: Vec<_> = polygon.points.iter().map(write_point).collect();
    points.join(" ")
}

pub(crate) fn write_circle(circle: &Circle) -> String {
    format!("{} {}", write_point(&circle.centre), circle.radius_km)
}

pub(crate) fn write_references(references: &[Reference]) -> String {
    let parts: Vec<_> = references
        .iter()
        .map(|r| format!("{},{},{}", r.sender, r.identifier, r.sent))
        .collect();
    parts.join(" ")
}

pub(crate) fn write_items(items: &[String]) -> String {
    let parts: Vec<_> = items
        .iter()
        .map(|item| match item.contains(char::is_whitespace) {
            true => format!("\"{item}\""),
            false => item.clone(),
        })
        .collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_with_quotes() {
        for (text, expected) in [
            ("", Some(vec![])),
            (" a  b\n", Some(vec!["a", "b"])),
            ("a \"b c\" d", Some(vec!["a", "b c", "d"])),
            ("\"a", None),
            ("\"a\"b", None),
        ] {
            let expected: Option<Vec<String>> =
                expected.map(|items| items.into_iter().map(str::to_owned).collect());
            assert_eq!(items(text), expected, "{text:?}");
        }
    }

    #[test]
    fn decimals() {
        for (text, expected) in [
            ("1", Some(1.0)),
            ("-0.25", Some(-0.25)),
            ("+3.", Some(3.0)),
            ("1e3", None),
            ("NaN", None),
            ("inf", None),
            ("", None),
            ("--1", None),
            ("1,5", None),
        ] {
            assert_eq!(decimal(text), expected, "{text:?}");
        }
    }

    #[test]
    fn shapes() {
        assert!(circle("32.9525,-115.5527 0").is_some());
        for bad in ["32.9,-115.5", "32.9,-115.5 1 2", "32.9 -115.5 1", "1,2,3 4"] {
            assert_eq!(circle(bad), None, "{bad}");
        }
        assert_eq!(
            polygon("38.47,-120.14\n 38.34,-119.95").map(|p| p.points.len()),
            Some(2)
        );
        assert_eq!(polygon("38.47,-120.14 38.34"), None);
    }
}
