//! Common Alerting Protocol 1.2: alerts as XML and as types.
//!
//! CAP is how a warning reaches sirens, phones, broadcasters and neighbours. A document that a
//! receiver refuses warns nobody, so [`Alert::to_xml`] writes only what meets every rule and
//! otherwise names each violation and how to mend it.
//!
//! Source: OASIS, "Common Alerting Protocol Version 1.2", OASIS Standard, 1 July 2010; the data
//! dictionary is its section 3.2, the schema section 3.4. Rules the standard gives as SHOULD are
//! not enforced.
//!
//! Reading is strict about form (names, order, number, words, times, numbers) and leaves the
//! standard's further rules to [`Alert::check`], so that a document from elsewhere that breaks one
//! can still be looked at. Document type declarations and entities of one's own are refused, and
//! so are XML signatures, which this crate cannot check.
//!
//! Coordinates are WGS 84 latitude and longitude in degrees; altitudes are feet above mean sea
//! level, as the standard has them.
//!
//! # Example
//!
//! ```
//! use lapwing_cap::*;
//!
//! let sent = CapTime::utc(1_795_366_800)?;
//! let mut alert = Alert::new("lapwing-1-42", "watch@example.org", sent, Status::Exercise,
//!     MsgType::Alert, Scope::Public);
//! let mut info = Info::new(Category::Safety, "Unidentified aircraft", Urgency::Immediate,
//!     Severity::Severe, Certainty::Likely);
//! let mut area = Area::new("North harbour");
//! area.circles.push(Circle { centre: Point { lat_deg: 1.5, lon_deg: -20.25 }, radius_km: 3.0 });
//! info.areas.push(area);
//! alert.infos.push(info);
//!
//! let xml = alert.to_xml()?;
//! assert!(xml.contains("<sent>2026-11-22T17:00:00-00:00</sent>"));
//! assert_eq!(Alert::from_xml(xml.as_bytes())?, alert);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod alert;
mod check;
mod read;
mod text;
mod time;
mod words;
mod write;

pub use alert::{Alert, Area, Circle, Info, NamedValue, Point, Polygon, Reference, Resource};
pub use check::{Violation, Violations};
pub use read::{MAX_DOCUMENT_BYTES, ReadError, ReadReason};
pub use time::{CapTime, TimeError};
pub use words::{Category, Certainty, MsgType, ResponseType, Scope, Severity, Status, Urgency};

/// The namespace of CAP 1.2 documents.
pub const NAMESPACE: &str = "urn:oasis:names:tc:emergency:cap:1.2";
