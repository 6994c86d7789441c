//! Reading a CAP document that anybody may have sent.
//!
//! Form is strict, as the schema has it (CAP 1.2 section 3.4): names, order, number, words. White
//! space around words, numbers and lists is tolerated; in free text it is kept. A document type
//! declaration ends the reading at once, so entities of a document's own never exist and nothing
//! can be expanded. Memory is bounded by the document's length, and that by
//! [`MAX_DOCUMENT_BYTES`].

use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};

use crate::NAMESPACE;
use crate::alert::{Alert, Area, Info, NamedValue, Resource};
use crate::text::{circle, decimal, is_xml_char, items, polygon, references};
use crate::time::{CapTime, TimeError};
use crate::words::{Category, Certainty, MsgType, ResponseType, Scope, Severity, Status, Urgency};

/// Longest document that is read, bytes.
pub const MAX_DOCUMENT_BYTES: usize = 4 * 1024 * 1024;

/// Longest list of attributes; namespaces need far less, and looking for doubles among them costs
/// the square of their number.
const MAX_ATTRIBUTE_BYTES: usize = 4096;

/// Why a document was not read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset}, in {element}: {reason}")]
pub struct ReadError {
    /// Byte offset of the tag or text concerned.
    pub offset: u64,
    /// The element around it, as a path: `alert/info/area`; `document` outside the root.
    pub element: String,
    /// What is wrong.
    pub reason: ReadReason,
}

/// What is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadReason {
    /// Over the limit.
    #[error("the document is longer than {MAX_DOCUMENT_BYTES} bytes")]
    TooLong,
    /// Not UTF-8, or declared as something else.
    #[error("the document is not UTF-8")]
    Encoding,
    /// Not well-formed.
    #[error("this is not well-formed XML: {0}")]
    Xml(String),
    /// The document ends too early.
    #[error("the document ends before its elements do")]
    Ended,
    /// A document type declaration.
    #[error("document type declarations are refused: they can hide entities")]
    DocType,
    /// An entity that XML itself does not define.
    #[error("the entity &{0}; is refused: only XML's own five are read")]
    Entity(String),
    /// A character that XML does not allow.
    #[error("the character U+{0:04X} cannot stand in XML")]
    Char(u32),
    /// The root element is not CAP 1.2's `alert`.
    #[error("the root is not `alert` in namespace {NAMESPACE}")]
    Root,
    /// Something after the root element.
    #[error("there is more after the end of `alert`")]
    AfterRoot,
    /// An element that does not belong here.
    #[error("the element `{0}` does not belong here")]
    Unknown(String),
    /// An attribute; CAP has none.
    #[error("the attribute `{0}` does not belong here")]
    Attribute(String),
    /// An element after one that must follow it.
    #[error("the element `{name}` must stand before `{before}`")]
    Order {
        /// The element.
        name: &'static str,
        /// The one that must follow it.
        before: &'static str,
    },
    /// An element that may be there once only.
    #[error("the element `{0}` is there twice")]
    Repeated(&'static str),
    /// A required element that is not there.
    #[error("the element `{0}` is missing")]
    Missing(&'static str),
    /// Text between elements.
    #[error("there is text where only elements belong")]
    StrayText,
    /// A word that the standard does not have.
    #[error("`{0}` is none of the words the standard has here")]
    Word(String),
    /// Not a time.
    #[error("this is no time: {0}")]
    Time(TimeError),
    /// Not what the element holds.
    #[error("the content is no {0}")]
    Content(&'static str),
}

impl Alert {
    /// Reads a CAP 1.2 document. Its form is right then; [`Alert::check`] says whether it also
    /// meets the standard's further rules.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn from_xml(document: impl AsRef<[u8]>) -> Result<Self, ReadError> {
        let document = document.as_ref();
        let outside = |offset: usize, reason| ReadError {
            offset: offset as u64,
            element: "document".to_owned(),
            reason,
        };
        if document.len() > MAX_DOCUMENT_BYTES {
            return Err(outside(MAX_DOCUMENT_BYTES, ReadReason::TooLong));
        }
        let text = std::str::from_utf8(document)
            .map_err(|error| outside(error.valid_up_to(), ReadReason::Encoding))?;
        let mut source = Source {
            reader: NsReader::from_str(text.strip_prefix('\u{FEFF}').unwrap_or(text)),
            skipped_bytes: if text.starts_with('\u{FEFF}') { 3 } else { 0 },
            offset: 0,
            path: Vec::new(),
            ended: false,
        };
        source.reader.config_mut().expand_empty_elements = true;
        source.document()
    }
}

/// A child element as the schema has it.
struct Child {
    name: &'static str,
    required: bool,
    many: bool,
}

const fn one(name: &'static str) -> Child {
    Child {
        name,
        required: true,
        many: false,
    }
}
const fn maybe(name: &'static str) -> Child {
    Child {
        name,
        required: false,
        many: false,
    }
}
const fn many(name: &'static str) -> Child {
    Child {
        name,
        required: false,
        many: true,
    }
}
const fn some(name: &'static str) -> Child {
    Child {
        name,
        required: true,
        many: true,
    }
}

const ALERT: &[Child] = &[
    one("identifier"),
    one("sender"),
    one("sent"),
    one("status"),
    one("msgType"),
    maybe("source"),
    one("scope"),
    maybe("restriction"),
    maybe("addresses"),
    many("code"),
    maybe("note"),
    maybe("references"),
    maybe("incidents"),
    many("info"),
];
const INFO: &[Child] = &[
    maybe("language"),
    some("category"),
    one("event"),
    many("responseType"),
    one("urgency"),
    one("severity"),
    one("certainty"),
    maybe("audience"),
    many("eventCode"),
    maybe("effective"),
    maybe("onset"),
    maybe("expires"),
    maybe("senderName"),
    maybe("headline"),
    maybe("description"),
    maybe("instruction"),
    maybe("web"),
    maybe("contact"),
    many("parameter"),
    many("resource"),
    many("area"),
];
const RESOURCE: &[Child] = &[
    one("resourceDesc"),
    one("mimeType"),
    maybe("size"),
    maybe("uri"),
    maybe("derefUri"),
    maybe("digest"),
];
const AREA: &[Child] = &[
    one("areaDesc"),
    many("polygon"),
    many("circle"),
    many("geocode"),
    maybe("altitude"),
    maybe("ceiling"),
];
const NAMED_VALUE: &[Child] = &[one("valueName"), one("value")];

enum Token {
    Start(String),
    Text(String),
    End,
    DocumentEnd,
}

struct Source<'a> {
    reader: NsReader<&'a [u8]>,
    skipped_bytes: u64,
    offset: u64,
    path: Vec<&'static str>,
    /// The root element is behind us.
    ended: bool,
}

type Result<T, E = ReadError> = std::result::Result<T, E>;

impl Source<'_> {
    fn error(&self, reason: ReadReason) -> ReadError {
        ReadError {
            offset: self.offset,
            element: match self.path.is_empty() {
                true => "document".to_owned(),
                false => self.path.join("/"),
            },
            reason,
        }
    }

    /// The next thing that means something.
    fn token(&mut self) -> Result<Token> {
        loop {
            self.offset = self.skipped_bytes + self.reader.buffer_position();
            let (namespace, event) = match self.reader.read_resolved_event() {
                Ok((namespace, event)) => {
                    let ours = namespace == ResolveResult::Bound(Namespace(NAMESPACE));
                    (ours, event)
                }
                Err(error) => return Err(self.error(ReadReason::Xml(error.to_string()))),
            };
            return Ok(match event {
                Event::Start(start) | Event::Empty(start) => {
                    self.attributes(&start)?;
                    let name = start.local_name().as_ref().to_owned();
                    if !namespace {
                        let reason = match self.path.is_empty() {
                            true if self.ended => ReadReason::AfterRoot,
                            true => ReadReason::Root,
                            false => ReadReason::Unknown(start.name().as_ref().to_owned()),
                        };
                        return Err(self.error(reason));
                    }
                    Token::Start(name)
                }
                Event::End(_) => Token::End,
                Event::Text(text) => Token::Text(self.chars(&text.xml10_content())?),
                Event::CData(text) => Token::Text(self.chars(&text.xml10_content())?),
                Event::GeneralRef(reference) => {
                    let resolved = match reference.resolve_char_ref() {
                        Ok(Some(c)) => Some(c),
                        Ok(None) => match &*reference {
                            "lt" => Some('<'),
                            "gt" => Some('>'),
                            "amp" => Some('&'),
                            "apos" => Some('\''),
                            "quot" => Some('"'),
                            _ => None,
                        },
                        Err(_) => None,
                    };
                    let Some(c) = resolved else {
                        return Err(self.error(ReadReason::Entity(reference.to_string())));
                    };
                    Token::Text(self.chars(c.encode_utf8(&mut [0; 4]))?)
                }
                Event::DocType(_) => return Err(self.error(ReadReason::DocType)),
                Event::Decl(declaration) => {
                    let utf8 = match declaration.encoding() {
                        None => true,
                        Some(Ok(name)) => ["utf-8", "us-ascii"]
                            .iter()
                            .any(|known| name.eq_ignore_ascii_case(known)),
                        Some(Err(_)) => false,
                    };
                    if !utf8 {
                        return Err(self.error(ReadReason::Encoding));
                    }
                    continue;
                }
                Event::Comment(_) | Event::PI(_) => continue,
                Event::Eof => Token::DocumentEnd,
            });
        }
    }

    fn chars(&self, text: &str) -> Result<String> {
        match text.chars().find(|&c| !is_xml_char(c)) {
            Some(c) => Err(self.error(ReadReason::Char(u32::from(c)))),
            None => Ok(text.to_owned()),
        }
    }

    /// Namespace declarations and hints for validators are allowed, CAP has no attributes itself.
    fn attributes(&self, start: &BytesStart<'_>) -> Result<()> {
        if start.attributes_raw().len() > MAX_ATTRIBUTE_BYTES {
            return Err(self.error(ReadReason::Attribute("(too many)".to_owned())));
        }
        for attribute in start.attributes() {
            let attribute =
                attribute.map_err(|error| self.error(ReadReason::Xml(error.to_string())))?;
            let key: &str = attribute.key.as_ref();
            if key != "xmlns" && !key.starts_with("xmlns:") && !key.starts_with("xsi:") {
                return Err(self.error(ReadReason::Attribute(key.to_owned())));
            }
        }
        Ok(())
    }

    fn document(&mut self) -> Result<Alert> {
        loop {
            match self.token()? {
                Token::Start(name) if name == "alert" => break,
                Token::Start(_) => return Err(self.error(ReadReason::Root)),
                Token::Text(text) if text.trim().is_empty() => {}
                Token::Text(_) => return Err(self.error(ReadReason::StrayText)),
                Token::End | Token::DocumentEnd => return Err(self.error(ReadReason::Ended)),
            }
        }
        self.path.push("alert");
        let alert = self.alert()?;
        self.path.pop();
        self.ended = true;
        loop {
            match self.token()? {
                Token::Text(text) if text.trim().is_empty() => {}
                Token::DocumentEnd => return Ok(alert),
                _ => return Err(self.error(ReadReason::AfterRoot)),
            }
        }
    }

    /// Walks the children of the element just begun, to its end; `each` reads one child to its end.
    fn children(
        &mut self,
        children: &'static [Child],
        mut each: impl FnMut(&mut Self, &'static str) -> Result<()>,
    ) -> Result<()> {
        // Children before `next` can no longer come; the one before it can if it may be repeated.
        let mut next = 0;
        loop {
            match self.token()? {
                Token::Text(text) if text.trim().is_empty() => {}
                Token::Text(_) => return Err(self.error(ReadReason::StrayText)),
                Token::DocumentEnd => return Err(self.error(ReadReason::Ended)),
                Token::End => break,
                Token::Start(name) => {
                    let place = children.iter().position(|child| child.name == name);
                    let Some((place, child)) =
                        place.and_then(|place| Some((place, children.get(place)?)))
                    else {
                        return Err(self.error(ReadReason::Unknown(name)));
                    };
                    if place + 1 == next && !child.many {
                        return Err(self.error(ReadReason::Repeated(child.name)));
                    }
                    if place + 1 < next {
                        let before = children.get(next - 1).map_or("", |child| child.name);
                        return Err(self.error(ReadReason::Order {
                            name: child.name,
                            before,
                        }));
                    }
                    self.required(children, next, place)?;
                    next = place + 1;
                    self.path.push(child.name);
                    each(self, child.name)?;
                    self.path.pop();
                }
            }
        }
        self.required(children, next, children.len())
    }

    /// None of the children from `from` up to `to`, which are not there, may be required.
    fn required(&self, children: &[Child], from: usize, to: usize) -> Result<()> {
        let missing = children
            .get(from..to)
            .and_then(|skipped| skipped.iter().find(|child| child.required));
        match missing {
            Some(child) => Err(self.error(ReadReason::Missing(child.name))),
            None => Ok(()),
        }
    }

    /// Free text, as it stands.
    fn text(&mut self) -> Result<String> {
        let mut all = String::new();
        loop {
            match self.token()? {
                Token::Text(text) => all.push_str(&text),
                Token::End => return Ok(all),
                Token::Start(name) => return Err(self.error(ReadReason::Unknown(name))),
                Token::DocumentEnd => return Err(self.error(ReadReason::Ended)),
            }
        }
    }

    /// Free text that may be absent; blank says no more than absent.
    fn optional(&mut self) -> Result<Option<String>> {
        let text = self.text()?;
        Ok((!text.trim().is_empty()).then_some(text))
    }

    fn trimmed(&mut self) -> Result<String> {
        Ok(self.text()?.trim().to_owned())
    }

    fn parsed<T>(
        &mut self,
        what: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T> {
        let text = self.trimmed()?;
        parse(&text).ok_or_else(|| self.error(ReadReason::Content(what)))
    }

    fn word<T>(&mut self, from_word: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        let text = self.trimmed()?;
        from_word(&text).ok_or_else(|| self.error(ReadReason::Word(text)))
    }

    fn time(&mut self) -> Result<CapTime> {
        let text = self.trimmed()?;
        text.parse()
            .map_err(|error| self.error(ReadReason::Time(error)))
    }

    fn alert(&mut self) -> Result<Alert> {
        let (mut identifier, mut sender) = (String::new(), String::new());
        let (mut sent, mut status, mut msg_type, mut scope) = (None, None, None, None);
        let (mut source, mut restriction, mut note) = (None, None, None);
        let (mut addresses, mut incidents, mut refs) = (Vec::new(), Vec::new(), Vec::new());
        let (mut codes, mut infos) = (Vec::new(), Vec::new());
        self.children(ALERT, |src, name| {
            match name {
                "identifier" => identifier = src.trimmed()?,
                "sender" => sender = src.trimmed()?,
                "sent" => sent = Some(src.time()?),
                "status" => status = Some(src.word(Status::from_word)?),
                "msgType" => msg_type = Some(src.word(MsgType::from_word)?),
                "source" => source = src.optional()?,
                "scope" => scope = Some(src.word(Scope::from_word)?),
                "restriction" => restriction = src.optional()?,
                "addresses" => addresses = src.parsed("list of addresses", items)?,
                "code" => codes.push(src.text()?),
                "note" => note = src.optional()?,
                "references" => refs = src.parsed("list of references", references)?,
                "incidents" => incidents = src.parsed("list of incidents", items)?,
                _ => infos.push(src.info()?),
            }
            Ok(())
        })?;
        let (Some(sent), Some(status), Some(msg_type), Some(scope)) =
            (sent, status, msg_type, scope)
        else {
            return Err(self.error(ReadReason::Missing("sent")));
        };
        Ok(Alert {
            source,
            restriction,
            addresses,
            codes,
            note,
            references: refs,
            incidents,
            infos,
            ..Alert::new(identifier, sender, sent, status, msg_type, scope)
        })
    }

    fn info(&mut self) -> Result<Info> {
        // Every required child replaces its value here, or `children` fails.
        let mut info = Info {
            categories: Vec::new(),
            ..Info::new(
                Category::Other,
                "",
                Urgency::Unknown,
                Severity::Unknown,
                Certainty::Unknown,
            )
        };
        self.children(INFO, |src, name| {
            match name {
                "language" => info.language = src.optional()?.map(|text| text.trim().to_owned()),
                "category" => info.categories.push(src.word(Category::from_word)?),
                "event" => info.event = src.text()?,
                "responseType" => info.response_types.push(src.word(ResponseType::from_word)?),
                "urgency" => info.urgency = src.word(Urgency::from_word)?,
                "severity" => info.severity = src.word(Severity::from_word)?,
                "certainty" => info.certainty = src.word(Certainty::from_word)?,
                "audience" => info.audience = src.optional()?,
                "eventCode" => info.event_codes.push(src.named_value()?),
                "effective" => info.effective = Some(src.time()?),
                "onset" => info.onset = Some(src.time()?),
                "expires" => info.expires = Some(src.time()?),
                "senderName" => info.sender_name = src.optional()?,
                "headline" => info.headline = src.optional()?,
                "description" => info.description = src.optional()?,
                "instruction" => info.instruction = src.optional()?,
                "web" => info.web = src.optional()?.map(|text| text.trim().to_owned()),
                "contact" => info.contact = src.optional()?,
                "parameter" => info.parameters.push(src.named_value()?),
                "resource" => info.resources.push(src.resource()?),
                _ => info.areas.push(src.area()?),
            }
            Ok(())
        })?;
        Ok(info)
    }

    fn named_value(&mut self) -> Result<NamedValue> {
        let mut value = NamedValue::new("", "");
        self.children(NAMED_VALUE, |src, name| {
            match name {
                "valueName" => value.value_name = src.text()?,
                _ => value.value = src.text()?,
            }
            Ok(())
        })?;
        Ok(value)
    }

    fn resource(&mut self) -> Result<Resource> {
        let mut resource = Resource {
            resource_desc: String::new(),
            mime_type: String::new(),
            size_bytes: None,
            uri: None,
            deref_uri: None,
            digest: None,
        };
        self.children(RESOURCE, |src, name| {
            match name {
                "resourceDesc" => resource.resource_desc = src.text()?,
                "mimeType" => resource.mime_type = src.trimmed()?,
                "size" => {
                    let size = src.parsed("size in bytes", |text| text.parse().ok())?;
                    resource.size_bytes = Some(size);
                }
                "uri" => resource.uri = src.optional()?.map(|text| text.trim().to_owned()),
                "derefUri" => resource.deref_uri = src.optional()?,
                _ => resource.digest = src.optional()?.map(|text| text.trim().to_owned()),
            }
            Ok(())
        })?;
        Ok(resource)
    }

    fn area(&mut self) -> Result<Area> {
        let mut area = Area::new("");
        self.children(AREA, |src, name| {
            match name {
                "areaDesc" => area.area_desc = src.text()?,
                "polygon" => area.polygons.push(src.parsed("polygon", polygon)?),
                "circle" => area.circles.push(src.parsed("circle", circle)?),
                "geocode" => area.geocodes.push(src.named_value()?),
                "altitude" => area.altitude_ft = Some(src.parsed("altitude", decimal)?),
                _ => area.ceiling_ft = Some(src.parsed("ceiling", decimal)?),
            }
            Ok(())
        })?;
        Ok(area)
    }
}
