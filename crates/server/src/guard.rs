//! What stands before every route: a loopback server must not be reachable by a web page
//! from elsewhere that the operator happens to have open.
//!
//! The `Host` must name this machine, or a foreign name that was made to resolve to
//! 127.0.0.1 (DNS rebinding) could read the picture. A request that changes something, and
//! the WebSocket's upgrade, must come from a page of this server where an `Origin` says
//! from which page it comes (RFC 6454 clause 7; RFC 6455 clause 10.2).

use crate::problem::{Problem, quoted};
use axum::extract::Request;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;

const SECURITY: [(HeaderName, HeaderValue); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; \
             style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; frame-ancestors 'none'; \
             base-uri 'none'; form-action 'self'; object-src 'none'",
        ),
    ),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// Refuses what must not come in, and gives every answer its security headers.
pub(crate) async fn guard(request: Request, next: Next) -> Response {
    let refused = check(request.method(), request.uri(), request.headers());
    let mut response = match refused {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in SECURITY {
        headers.insert(name, value);
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

fn check(method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let host = host(headers)?;
    // a request line may name the host a second time (RFC 9112 clause 3.2.2)
    let named = uri.authority().map(|a| a.as_str());
    for name in named.into_iter().chain([host]) {
        if !is_this_machine(name) {
            return Err(Problem::new(
                StatusCode::MISDIRECTED_REQUEST,
                format!("`{}` is not this server's name", quoted(name, 100)),
                "header Host",
                "use http://127.0.0.1 or http://localhost with this server's port",
            ));
        }
    }
    let changes = !matches!(*method, Method::GET | Method::HEAD);
    let upgrades = headers.contains_key(header::UPGRADE);
    if changes || upgrades {
        for origin in headers.get_all(header::ORIGIN) {
            if !same_origin(origin.to_str().unwrap_or_default(), host) {
                return Err(Problem::new(
                    StatusCode::FORBIDDEN,
                    "the request comes from a page of another server",
                    "header Origin",
                    "use the map that this server serves, or a program that sends no Origin",
                ));
            }
        }
    }
    Ok(())
}

fn host(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => Ok(host.to_str().unwrap_or_default()),
        _ => Err(Problem::bad_request(
            "a request needs exactly one Host",
            "header Host",
            "send one Host header, such as `Host: 127.0.0.1:8090`",
        )),
    }
}

/// Whether a host, with or without a port, is a loopback name or address.
fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        // the colons of a bare IPv6 address in brackets are not a port's
        Some((name, port)) if !host.ends_with(']') => {
            if port.parse::<u16>().is_err() {
                return false;
            }
            name
        }
        _ => host,
    };
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let bare = name
        .strip_prefix('[')
        .and_then(|n| n.strip_suffix(']'))
        .unwrap_or(name);
    bare.parse::<IpAddr>()
        .is_ok_and(|ip| ip.to_canonical().is_loopback() && (ip.is_ipv4() || bare != name))
}

fn same_origin(origin: &str, host: &str) -> bool {
    origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"))
        .is_some_and(|o| o.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_names_are_this_machine_and_nothing_else_is() {
        for (host, ours) in [
            ("localhost", true),
            ("LOCALHOST:8090", true),
            ("127.0.0.1", true),
            ("127.1.2.3:1", true),
            ("[::1]", true),
            ("[::1]:8090", true),
            ("", false),
            ("::1", false),
            ("evil.example:8090", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example:8090", false),
            ("127.0.0.1:8090:1", false),
            ("127.0.0.1:x", false),
            ("192.168.0.1", false),
            ("[::2]:1", false),
            ("user@localhost", false),
        ] {
            assert_eq!(is_this_machine(host), ours, "{host}");
        }
    }

    #[test]
    fn an_origin_is_the_same_only_with_the_same_host_and_port() {
        for (origin, host, same) in [
            ("http://127.0.0.1:8090", "127.0.0.1:8090", true),
            ("https://localhost", "LOCALHOST", true),
            ("http://127.0.0.1:9999", "127.0.0.1:8090", false),
            ("http://localhost:8090", "127.0.0.1:8090", false),
            ("null", "127.0.0.1:8090", false),
            ("", "127.0.0.1:8090", false),
            ("http://evil.example", "127.0.0.1:8090", false),
        ] {
            assert_eq!(same_origin(origin, host), same, "{origin} {host}");
        }
    }
}
