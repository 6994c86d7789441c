//! An alert as types, element for element (CAP 1.2 section 3.2).

use crate::time::CapTime;
use crate::words::{Category, Certainty, MsgType, ResponseType, Scope, Severity, Status, Urgency};

/// A CAP message (`alert`).
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Unique number or text, given by the sender. No spaces, commas, `<` or `&`.
    pub identifier: String,
    /// Who sends it, globally unique, such as a domain name. No spaces, commas, `<` or `&`.
    pub sender: String,
    /// When it was sent.
    pub sent: CapTime,
    /// Whether and how to act on it.
    pub status: Status,
    /// What it is.
    pub msg_type: MsgType,
    /// The operator or device it comes from.
    pub source: Option<String>,
    /// Who may see it.
    pub scope: Scope,
    /// The rule that limits it, with [`Scope::Restricted`].
    pub restriction: Option<String>,
    /// Recipients, with [`Scope::Private`].
    pub addresses: Vec<String>,
    /// Codes for special handling.
    pub codes: Vec<String>,
    /// Its purpose or meaning.
    pub note: Option<String>,
    /// Earlier messages it refers to.
    pub references: Vec<Reference>,
    /// Incidents it belongs to.
    pub incidents: Vec<String>,
    /// What it says, once for each language or audience.
    pub infos: Vec<Info>,
}

/// An earlier message (`sender,identifier,sent` in `references`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Its sender.
    pub sender: String,
    /// Its identifier.
    pub identifier: String,
    /// When it was sent.
    pub sent: CapTime,
}

/// What an alert says (`info`).
#[derive(Debug, Clone, PartialEq)]
pub struct Info {
    /// Language (RFC 3066), such as `en-GB`; `en-US` where absent.
    pub language: Option<String>,
    /// Kinds of event, one at least.
    pub categories: Vec<Category>,
    /// The event in words.
    pub event: String,
    /// What people are advised to do.
    pub response_types: Vec<ResponseType>,
    /// How soon to act.
    pub urgency: Urgency,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub certainty: Certainty,
    /// For whom it is meant.
    pub audience: Option<String>,
    /// Codes of the event in other systems.
    pub event_codes: Vec<NamedValue>,
    /// When the information takes effect; when sent where absent.
    pub effective: Option<CapTime>,
    /// When the event is expected to begin.
    pub onset: Option<CapTime>,
    /// When the information expires.
    pub expires: Option<CapTime>,
    /// The sender's name in words.
    pub sender_name: Option<String>,
    /// Headline.
    pub headline: Option<String>,
    /// What is happening.
    pub description: Option<String>,
    /// What to do.
    pub instruction: Option<String>,
    /// A page with more, absolute URI.
    pub web: Option<String>,
    /// Whom to ask.
    pub contact: Option<String>,
    /// Values for other systems.
    pub parameters: Vec<NamedValue>,
    /// Files that belong to it.
    pub resources: Vec<Resource>,
    /// Where it holds.
    pub areas: Vec<Area>,
}

/// A value with its name (`eventCode`, `parameter`, `geocode`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedValue {
    /// What the value is.
    pub value_name: String,
    /// The value.
    pub value: String,
}

/// A file that belongs to an alert (`resource`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// What it is.
    pub resource_desc: String,
    /// MIME type (RFC 2046).
    pub mime_type: String,
    /// About how large, bytes.
    pub size_bytes: Option<u64>,
    /// Where it is; absolute unless the content is in `deref_uri`.
    pub uri: Option<String>,
    /// The content itself, base64.
    pub deref_uri: Option<String>,
    /// SHA-1 of the content, 40 hexadecimal digits.
    pub digest: Option<String>,
}

/// Where an alert holds (`area`): the union of its polygons, circles and geocodes.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// The area in words.
    pub area_desc: String,
    /// Closed rings.
    pub polygons: Vec<Polygon>,
    /// Circles.
    pub circles: Vec<Circle>,
    /// Codes of the area in other systems.
    pub geocodes: Vec<NamedValue>,
    /// Altitude, or with `ceiling_ft` the lower limit, feet above mean sea level.
    pub altitude_ft: Option<f64>,
    /// Upper limit, feet above mean sea level.
    pub ceiling_ft: Option<f64>,
}

/// A place on WGS 84.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Latitude, degrees north.
    pub lat_deg: f64,
    /// Longitude, degrees east.
    pub lon_deg: f64,
}

/// A ring; the last point repeats the first.
#[derive(Debug, Clone, PartialEq)]
pub struct Polygon {
    /// The corners, four at least with the repeated one.
    pub points: Vec<Point>,
}

/// A circle on the ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circle {
    /// Its centre.
    pub centre: Point,
    /// Its radius, km.
    pub radius_km: f64,
}

impl Alert {
    /// An alert with what every alert must have, and nothing else.
    #[must_use]
    pub fn new(
        identifier: impl Into<String>,
        sender: impl Into<String>,
        sent: CapTime,
        status: Status,
        msg_type: MsgType,
        scope: Scope,
    ) -> Self {
        Self {
            identifier: identifier.into(),
            sender: sender.into(),
            sent,
            status,
            msg_type,
            source: None,
            scope,
            restriction: None,
            addresses: Vec::new(),
            codes: Vec::new(),
            note: None,
            references: Vec::new(),
            incidents: Vec::new(),
            infos: Vec::new(),
        }
    }

    /// How a later message refers to this one.
    #[must_use]
    pub fn reference(&self) -> Reference {
        Reference {
            sender: self.sender.clone(),
            identifier: self.identifier.clone(),
            sent: self.sent,
        }
    }
}

impl Info {
    /// An info block with what every block must have, and nothing else.
    #[must_use]
    pub fn new(
        category: Category,
        event: impl Into<String>,
        urgency: Urgency,
        severity: Severity,
        certainty: Certainty,
    ) -> Self {
        Self {
            language: None,
            categories: vec![category],
            event: event.into(),
            response_types: Vec::new(),
            urgency,
            severity,
            certainty,
            audience: None,
            event_codes: Vec::new(),
            effective: None,
            onset: None,
            expires: None,
            sender_name: None,
            headline: None,
            description: None,
            instruction: None,
            web: None,
            contact: None,
            parameters: Vec::new(),
            resources: Vec::new(),
            areas: Vec::new(),
        }
    }
}

impl NamedValue {
    /// A value with its name.
    #[must_use]
    pub fn new(value_name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            value_name: value_name.into(),
            value: value.into(),
        }
    }
}

impl Area {
    /// An area in words only.
    #[must_use]
    pub fn new(area_desc: impl Into<String>) -> Self {
        Self {
            area_desc: area_desc.into(),
            polygons: Vec::new(),
            circles: Vec::new(),
            geocodes: Vec::new(),
            altitude_ft: None,
            ceiling_ft: None,
        }
    }
}

impl Polygon {
    /// A ring through these points; it is closed if it is not.
    #[must_use]
    pub fn closed(mut points: Vec<Point>) -> Self {
        if let (Some(&first), Some(&last)) = (points.first(), points.last())
            && first != last
        {
            points.push(first);
        }
        Self { points }
    }
}
