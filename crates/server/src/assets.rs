//! The web map, inside the binary.

use crate::problem::{Problem, quoted};
use axum::http::header;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

/// One file of the built map.
pub(crate) struct Asset {
    path: &'static str,
    tag: &'static str,
    bytes: &'static [u8],
}

/// The files of the map; none if it was not built before the binary was.
pub(crate) static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

const HOW_TO_BUILD: &str = r#"<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Lapwing: the map is not built in</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 4rem auto; padding: 0 1rem }</style></head>
<body>
<h1>The map is not built into this binary</h1>
<p>Lapwing is running, and everything but this page works. To have the map, with Node 20 or newer, in the project's folder:</p>
<pre>cargo xtask demo</pre>
<p>or</p>
<pre>cd web
npm ci
npm run build
cd ..
cargo build --release</pre>
<p>Meanwhile: <a href="/api/v1/openapi.json">the interface</a>, <a href="/api/v1/tracks">tracks</a>,
<a href="/api/v1/warnings">warnings</a>, <a href="/api/v1/status">status</a>, <a href="/metrics">metrics</a>.</p>
</body>
</html>
"#;

/// Answers what no other route answers: a file of the map, or that there is none.
pub(crate) async fn fallback(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    answer(ASSETS, &method, uri.path(), &headers)
}

fn answer(assets: &[Asset], method: &Method, path: &str, headers: &HeaderMap) -> Response {
    let wanted = if path == "/" { "/index.html" } else { path };
    let Some(asset) = assets.iter().find(|a| a.path == wanted) else {
        if path == "/" && matches!(*method, Method::GET | Method::HEAD) {
            let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
            return (kind, HOW_TO_BUILD).into_response();
        }
        return Problem::not_found(
            "there is nothing at this address",
            quoted(path, 200),
            "see /api/v1/openapi.json for what there is",
        )
        .into_response();
    };
    if !matches!(*method, Method::GET | Method::HEAD) {
        return crate::routes::not_allowed(path, "GET");
    }
    // files under assets/ carry a hash of their content in their name
    let cache = if asset.path.starts_with("/assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let fields = [
        (header::CONTENT_TYPE, content_type(asset.path)),
        (header::CACHE_CONTROL, cache),
        (header::ETAG, asset.tag),
    ];
    if knows(headers, asset.tag) {
        return (StatusCode::NOT_MODIFIED, fields).into_response();
    }
    (fields, asset.bytes).into_response()
}

/// Whether the other side has this version already (RFC 9110 clause 13.1.2).
fn knows(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|t| t.trim().trim_start_matches("W/"))
        .any(|t| t == tag || t == "*")
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "geojson" => "application/geo+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT: &[Asset] = &[
        Asset {
            path: "/index.html",
            tag: "\"1\"",
            bytes: b"<!doctype html>",
        },
        Asset {
            path: "/assets/index-abc.js",
            tag: "\"2\"",
            bytes: b"export {}",
        },
    ];

    fn header_of<'a>(response: &'a Response, name: &str) -> &'a str {
        response
            .headers()
            .get(name)
            .map_or("", |v| v.to_str().unwrap())
    }

    #[test]
    fn files_of_the_map_have_their_type_and_may_be_kept_if_their_name_is_a_hash() {
        let none = HeaderMap::new();
        for (path, kind, cache) in [
            ("/", "text/html; charset=utf-8", "no-cache"),
            ("/index.html", "text/html; charset=utf-8", "no-cache"),
            (
                "/assets/index-abc.js",
                "text/javascript; charset=utf-8",
                "public, max-age=31536000, immutable",
            ),
        ] {
            let response = answer(BUILT, &Method::GET, path, &none);
            assert_eq!(response.status(), 200, "{path}");
            assert_eq!(header_of(&response, "content-type"), kind, "{path}");
            assert_eq!(header_of(&response, "cache-control"), cache, "{path}");
        }
    }

    #[test]
    fn a_version_that_is_known_is_not_sent_again() {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, "\"0\", W/\"1\"".parse().unwrap());
        assert_eq!(answer(BUILT, &Method::GET, "/", &headers).status(), 304);
        assert_eq!(
            answer(BUILT, &Method::GET, "/assets/index-abc.js", &headers).status(),
            200
        );
    }

    #[test]
    fn without_a_built_map_only_the_page_itself_says_how_to_build_it() {
        let none = HeaderMap::new();
        let page = answer(&[], &Method::GET, "/", &none);
        assert_eq!(page.status(), 200);
        assert!(header_of(&page, "content-type").starts_with("text/html"));
        for hint in ["cargo xtask demo", "npm ci", "npm run build"] {
            assert!(HOW_TO_BUILD.contains(hint), "{hint}");
        }
        assert_eq!(
            answer(&[], &Method::GET, "/index.html", &none).status(),
            404
        );
    }

    #[test]
    fn paths_that_are_no_file_and_methods_that_make_no_sense_are_refused() {
        let none = HeaderMap::new();
        for path in ["/../Cargo.toml", "/assets/", "//", "/%2e%2e/x"] {
            assert_eq!(
                answer(BUILT, &Method::GET, path, &none).status(),
                404,
                "{path}"
            );
        }
        assert_eq!(answer(BUILT, &Method::POST, "/", &none).status(), 405);
    }
}
