//! What is refused, and that every refusal says what, where and how to mend it.

use crate::fixture::{Fixture, snapshot};

const ACKNOWLEDGE: &str = "/api/v1/warnings/1-w1/acknowledge";
const CANCEL: &str = "/api/v1/warnings/1-w1/cancel";

#[test]
fn requests_that_a_foreign_page_could_cause_are_refused() {
    let f = Fixture::start(snapshot());
    let own = format!("http://{}", f.address());
    let port = f.address().port();
    let named = format!("localhost:{port}");
    let json = ("Content-Type", "application/json");
    let body = r#"{"by":"x"}"#;
    for (method, path, headers, status) in [
        ("GET", "/api/v1/site", vec![("Host", named.as_str())], 200),
        ("GET", "/api/v1/site", vec![("Host", "[::1]:8090")], 200),
        ("GET", "/api/v1/site", vec![("Host", "evil.example")], 421),
        ("GET", "/", vec![("Host", "evil.example")], 421),
        ("GET", "/metrics", vec![("Host", "192.168.0.1")], 421),
        (
            "GET",
            "/api/v1/site",
            vec![("Host", "localhost"), ("Host", "localhost")],
            400,
        ),
        (
            "GET",
            "http://evil.example/api/v1/site",
            vec![("Host", named.as_str())],
            421,
        ),
        (
            "GET",
            "/api/v1/site",
            vec![("Origin", "http://evil.example")],
            200,
        ),
        (
            "POST",
            ACKNOWLEDGE,
            vec![json, ("Origin", own.as_str())],
            200,
        ),
        (
            "POST",
            ACKNOWLEDGE,
            vec![json, ("Origin", "http://evil.example")],
            403,
        ),
        ("POST", ACKNOWLEDGE, vec![json, ("Origin", "null")], 403),
        (
            "POST",
            ACKNOWLEDGE,
            vec![json, ("Origin", "http://127.0.0.1:1")],
            403,
        ),
        (
            "GET",
            "/api/v1/stream",
            vec![("Upgrade", "websocket"), ("Origin", "http://evil.example")],
            403,
        ),
    ] {
        let body = if method == "POST" { body } else { "" };
        let answer = f.request(method, path, &headers, body);
        assert_eq!(answer.status, status, "{method} {path} {headers:?}");
        if status != 200 {
            answer.problem();
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
    }
    let nameless = f.raw("GET /api/v1/site HTTP/1.0\r\n\r\n");
    assert_eq!(nameless.status, 400);
    nameless.problem();
}

#[test]
fn bodies_that_are_not_of_their_form_are_refused_with_the_key() {
    let f = Fixture::start(snapshot());
    let long = "x".repeat(101);
    let huge = format!(r#"{{"by":"{}"}}"#, "x".repeat(20_000));
    for (path, body, status, location) in [
        (ACKNOWLEDGE, "", 400, "body"),
        (ACKNOWLEDGE, "{", 400, "body, line 1"),
        (ACKNOWLEDGE, "{}", 400, "body"),
        (ACKNOWLEDGE, r#"{"by":1}"#, 400, "body, line 1, column 7"),
        (ACKNOWLEDGE, r#"{"by":"x","reason":"y"}"#, 400, "body"),
        (ACKNOWLEDGE, r#"{"by":"  "}"#, 400, "key `by`"),
        (ACKNOWLEDGE, r#"{"by":"a\nb"}"#, 400, "key `by`"),
        (
            ACKNOWLEDGE,
            &format!(r#"{{"by":"{long}"}}"#),
            400,
            "key `by`",
        ),
        (ACKNOWLEDGE, &huge, 413, "body"),
        (CANCEL, r#"{"by":"x"}"#, 400, "body"),
        (CANCEL, r#"{"by":"x","reason":""}"#, 400, "key `reason`"),
        (
            "/api/v1/warnings/1-w2/acknowledge",
            r#"{"by":"x"}"#,
            409,
            "1-w2",
        ),
        (
            "/api/v1/warnings/9-w9/acknowledge",
            r#"{"by":"x"}"#,
            404,
            "9-w9",
        ),
    ] {
        let answer = f.post(path, body);
        assert_eq!(answer.status, status, "{path} {body:.40}: {}", answer.body);
        let (_, found, _) = answer.problem();
        assert!(found.contains(location), "{found}");
    }
    for kind in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let headers = [("Content-Type", kind)];
        let answer = f.request("POST", ACKNOWLEDGE, &headers, r#"{"by":"x"}"#);
        assert_eq!(answer.status, 415, "{kind}");
        answer.problem();
    }
    let headers = [("Content-Type", "application/json; charset=utf-8")];
    let answer = f.request("POST", ACKNOWLEDGE, &headers, r#"{"by":"x"}"#);
    assert_eq!(answer.status, 200);
}

#[test]
fn wrong_addresses_and_methods_are_answered_in_the_same_form() {
    let f = Fixture::start(snapshot());
    for (method, path, status, allow) in [
        ("GET", "/nothing", 404, ""),
        ("GET", "/api/v2/site", 404, ""),
        ("GET", "/api/v1/warnings/9-w9", 404, ""),
        ("GET", "/api/v1/warnings/9-w9.cap.xml", 404, ""),
        ("GET", "/api/v1/warnings/1-w2.cap.xml", 500, ""),
        ("GET", "/../../etc/passwd", 404, ""),
        ("DELETE", "/api/v1/site", 405, "GET"),
        ("GET", ACKNOWLEDGE, 405, "POST"),
        ("PUT", CANCEL, 405, "POST"),
        ("GET", "/api/v1/stream", 400, ""),
    ] {
        let answer = f.request(method, path, &[], "");
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        answer.problem();
        assert!(answer.header("allow").contains(allow), "{method} {path}");
    }
}
