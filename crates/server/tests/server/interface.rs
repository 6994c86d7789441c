//! The OpenAPI document describes what is served: every route, and every key.

use crate::fixture::{Fixture, snapshot};
use lapwing_server::{ROUTES, openapi_json};
use serde_json::Value;
use std::collections::BTreeSet;

fn document() -> Value {
    serde_json::from_str(&openapi_json()).unwrap()
}

#[test]
fn the_document_lists_exactly_the_routes_that_are_served() {
    let document = document();
    let described: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |m| (m.to_uppercase(), path.clone()))
        })
        .collect();
    let served: BTreeSet<_> = ROUTES
        .iter()
        .map(|(m, p)| ((*m).to_owned(), (*p).to_owned()))
        .collect();
    assert_eq!(described, served);
    let f = Fixture::start(snapshot());
    assert_eq!(f.json("/api/v1/openapi.json"), document);
}

#[test]
fn every_route_answers() {
    let f = Fixture::start(snapshot());
    for (method, pattern) in ROUTES {
        let id = if pattern.contains("tracks") {
            "1-1"
        } else {
            "1-w1"
        };
        let path = pattern.replace("{id}", id);
        let answer = match *method {
            "POST" if path.ends_with("cancel") => f.post(&path, r#"{"by":"x","reason":"y"}"#),
            "POST" => f.post(&path, r#"{"by":"x"}"#),
            _ => f.get(&path),
        };
        // a plain request for the stream is told to open it as a WebSocket
        let expected = if path.ends_with("/stream") { 400 } else { 200 };
        assert_eq!(answer.status, expected, "{method} {path}: {}", answer.body);
    }
}

/// Fails where a served value has a key, or lacks a required one, against its schema.
fn compare(document: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        let target = &document["components"]["schemas"][name];
        assert!(target.is_object(), "{at}: no schema {name}");
        return compare(document, target, value, at);
    }
    match value {
        Value::Object(map) => {
            let (known, required) = keys(document, schema);
            if known.is_empty() {
                let free = schema.get("additionalProperties").is_some()
                    || schema["oneOf"].is_array()
                    || schema["anyOf"].is_array();
                assert!(free, "{at}: {schema} has no properties");
                for option in schema["oneOf"].as_array().into_iter().flatten() {
                    if option["type"] != "null" {
                        compare(document, option, value, at);
                    }
                }
                return;
            }
            for key in &required {
                assert!(map.contains_key(key), "{at}: `{key}` is not served");
            }
            for (key, value) in map {
                let inner = known.iter().find(|(k, _)| k == key);
                let (_, inner) = inner.unwrap_or_else(|| panic!("{at}: `{key}` is not described"));
                compare(document, inner, value, &format!("{at}.{key}"));
            }
        }
        Value::Array(values) => {
            for value in values {
                compare(document, &schema["items"], value, &format!("{at}[]"));
            }
        }
        _ => {}
    }
}

fn keys(document: &Value, schema: &Value) -> (Vec<(String, Value)>, BTreeSet<String>) {
    let mut known = Vec::new();
    let mut required = BTreeSet::new();
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return keys(document, &document["components"]["schemas"][name]);
    }
    for (key, inner) in schema["properties"].as_object().into_iter().flatten() {
        known.push((key.clone(), inner.clone()));
    }
    for key in schema["required"].as_array().into_iter().flatten() {
        required.insert(key.as_str().unwrap().to_owned());
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let (more, needed) = keys(document, part);
        known.extend(more);
        required.extend(needed);
    }
    (known, required)
}

#[test]
fn every_key_that_is_served_is_described() {
    let document = document();
    let f = Fixture::start(snapshot());
    for (path, pattern) in [
        ("/api/v1/site", "/api/v1/site"),
        ("/api/v1/sensors", "/api/v1/sensors"),
        ("/api/v1/tracks", "/api/v1/tracks"),
        ("/api/v1/tracks/1-1", "/api/v1/tracks/{id}"),
        ("/api/v1/places", "/api/v1/places"),
        ("/api/v1/warnings", "/api/v1/warnings"),
        ("/api/v1/warnings/1-w1", "/api/v1/warnings/{id}"),
        ("/api/v1/status", "/api/v1/status"),
        ("/data/aircraft.json", "/data/aircraft.json"),
    ] {
        let content = &document["paths"][pattern]["get"]["responses"]["200"]["content"];
        let schema = &content["application/json"]["schema"];
        assert!(schema.is_object(), "{pattern}: no schema in {content}");
        compare(&document, schema, &f.json(path), path);
    }
    let problem = f.get("/api/v1/tracks/1-99").json();
    let content = &document["paths"]["/api/v1/tracks/{id}"]["get"]["responses"]["404"]["content"];
    compare(
        &document,
        &content["application/json"]["schema"],
        &problem,
        "404",
    );
}
