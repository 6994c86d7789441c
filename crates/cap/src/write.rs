//! An alert as an XML document, its elements in the schema's order (CAP 1.2 section 3.4).

use quick_xml::escape::minimal_escape;

use crate::NAMESPACE;
use crate::alert::{Alert, Area, Info, NamedValue, Resource};
use crate::check::Violations;
use crate::text::{write_circle, write_items, write_polygon, write_references};

impl Alert {
    /// The alert as a CAP 1.2 document, the same bytes every time.
    ///
    /// # Errors
    /// Every rule of the standard that it breaks; see [`Alert::check`].
    pub fn to_xml(&self) -> Result<String, Violations> {
        let violations = self.check();
        if !violations.is_empty() {
            return Err(Violations(violations));
        }
        let mut xml = Xml {
            out: format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<alert xmlns=\"{NAMESPACE}\">\n"
            ),
            depth: 1,
        };
        xml.text("identifier", &self.identifier);
        xml.text("sender", &self.sender);
        xml.text("sent", &self.sent.to_string());
        xml.text("status", self.status.as_str());
        xml.text("msgType", self.msg_type.as_str());
        xml.optional("source", self.source.as_deref());
        xml.text("scope", self.scope.as_str());
        xml.optional("restriction", self.restriction.as_deref());
        xml.list("addresses", &write_items(&self.addresses));
        for code in &self.codes {
            xml.text("code", code);
        }
        xml.optional("note", self.note.as_deref());
        xml.list("references", &write_references(&self.references));
        xml.list("incidents", &write_items(&self.incidents));
        for info in &self.infos {
            xml.group("info", |xml| info.write(xml));
        }
        xml.out.push_str("</alert>\n");
        Ok(xml.out)
    }
}

impl Info {
    fn write(&self, xml: &mut Xml) {
        xml.optional("language", self.language.as_deref());
        for category in &self.categories {
            xml.text("category", category.as_str());
        }
        xml.text("event", &self.event);
        for response_type in &self.response_types {
            xml.text("responseType", response_type.as_str());
        }
        xml.text("urgency", self.urgency.as_str());
        xml.text("severity", self.severity.as_str());
        xml.text("certainty", self.certainty.as_str());
        xml.optional("audience", self.audience.as_deref());
        xml.values("eventCode", &self.event_codes);
        for (name, time) in [
            ("effective", self.effective),
            ("onset", self.onset),
            ("expires", self.expires),
        ] {
            xml.optional(name, time.map(|time| time.to_string()).as_deref());
        }
        xml.optional("senderName", self.sender_name.as_deref());
        xml.optional("headline", self.headline.as_deref());
        xml.optional("description", self.description.as_deref());
        xml.optional("instruction", self.instruction.as_deref());
        xml.optional("web", self.web.as_deref());
        xml.optional("contact", self.contact.as_deref());
        xml.values("parameter", &self.parameters);
        for resource in &self.resources {
            xml.group("resource", |xml| resource.write(xml));
        }
        for area in &self.areas {
            xml.group("area", |xml| area.write(xml));
        }
    }
}

impl Resource {
    fn write(&self, xml: &mut Xml) {
        xml.text("resourceDesc", &self.resource_desc);
        xml.text("mimeType", &self.mime_type);
        xml.optional("size", self.size_bytes.map(|n| n.to_string()).as_deref());
        xml.optional("uri", self.uri.as_deref());
        xml.optional("derefUri", self.deref_uri.as_deref());
        xml.optional("digest", self.digest.as_deref());
    }
}

impl Area {
    fn write(&self, xml: &mut Xml) {
        xml.text("areaDesc", &self.area_desc);
        for polygon in &self.polygons {
            xml.text("polygon", &write_polygon(polygon));
        }
        for circle in &self.circles {
            xml.text("circle", &write_circle(circle));
        }
        xml.values("geocode", &self.geocodes);
        xml.optional(
            "altitude",
            self.altitude_ft.map(|ft| ft.to_string()).as_deref(),
        );
        xml.optional(
            "ceiling",
            self.ceiling_ft.map(|ft| ft.to_string()).as_deref(),
        );
    }
}

struct Xml {
    out: String,
    depth: usize,
}

impl Xml {
    fn indent(&mut self) {
        self.out.extend(std::iter::repeat_n("  ", self.depth));
    }

    fn text(&mut self, name: &str, text: &str) {
        self.indent();
        // A bare carriage return would be read back as a line feed (XML 1.0 section 2.11), and the
        // mark `]]>` must not be in text (section 2.4).
        let text = minimal_escape(text)
            .replace('\r', "&#13;")
            .replace("]]>", "]]&gt;");
        self.out.push_str(&format!("<{name}>{text}</{name}>\n"));
    }

    fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    fn list(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.text(name, text);
        }
    }

    fn group(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        self.indent();
        self.out.push_str(&format!("<{name}>\n"));
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        self.indent();
        self.out.push_str(&format!("</{name}>\n"));
    }

    fn values(&mut self, name: &str, values: &[NamedValue]) {
        for value in values {
            self.group(name, |xml| {
                xml.text("valueName", &value.value_name);
                xml.text("value", &value.value);
            });
        }
    }
}
