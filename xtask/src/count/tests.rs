//! Every runner's summary as it was printed, and what it must count as.

use super::*;

fn count(passed: u64, failed: u64, skipped: u64) -> Option<Count> {
    Some(Count {
        passed,
        failed,
        skipped,
    })
}

#[test]
fn nextest_summaries() {
    for (output, expected) in [
        (
            "     Summary [   0.011s] 3 tests run: 3 passed, 0 skipped",
            count(3, 0, 0),
        ),
        (
            "     Summary [   1.2s] 1 test run: 0 passed, 1 failed, 4 skipped",
            count(0, 1, 4),
        ),
        (
            "────\n     Summary [  62.0s] 14 tests run: 10 passed (1 slow, 1 flaky), 2 failed, 1 timed out, 1 exec failed, 3 skipped\n        FAIL [ 0.1s] lapwing-geo frame::round_trip\nerror: test run failed",
            count(10, 4, 3),
        ),
        (
            "     Summary [   0.2s] 2/9 tests run: 1 passed, 1 failed, 0 skipped",
            count(1, 1, 0),
        ),
        ("error: could not compile `lapwing-geo`", None),
        ("", None),
    ] {
        assert_eq!(nextest(output), expected, "{output}");
    }
}

#[test]
fn libtest_summaries_are_summed_over_the_binaries() {
    let output = "\
running 2 tests
test a ... ok
test b ... FAILED
test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

   Doc-tests lapwing_geo
running 3 tests
test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 5 filtered out; finished in 0.31s
";
    assert_eq!(libtest(output), count(3, 1, 1));
    assert_eq!(libtest("error: no library targets found"), None);
    assert_eq!(
        libtest("test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured"),
        count(0, 0, 0)
    );
}

#[test]
fn vitest_summaries() {
    for (output, expected) in [
        (
            " Test Files  2 passed (2)\n      Tests  12 passed (12)\n   Start at  10:00:00",
            count(12, 0, 0),
        ),
        (
            " Test Files  1 failed | 1 passed (2)\n      Tests  1 failed | 3 passed | 2 skipped | 1 todo (7)",
            count(3, 1, 3),
        ),
        ("No test files found, exiting with code 1", None),
        ("      Tests  no tests", None),
    ] {
        assert_eq!(web(output), expected, "{output}");
    }
}

#[test]
fn node_test_summaries_in_both_forms() {
    let tap = "1..3\n# tests 3\n# suites 0\n# pass 1\n# fail 1\n# cancelled 0\n# skipped 1\n# todo 0\n# duration_ms 5.1";
    assert_eq!(web(tap), count(1, 1, 1));
    let spec = "ℹ tests 2\nℹ pass 2\nℹ fail 0\nℹ skipped 0\nℹ duration_ms 48";
    assert_eq!(web(spec), count(2, 0, 0));
}

#[test]
fn playwright_summaries() {
    let output = "Running 7 tests using 1 worker\n\n  1 failed\n    [chromium] › map.spec.ts:3:1 › shows tracks\n  1 flaky\n    [chromium] › map.spec.ts:9:1 › mends\n  1 skipped\n  1 did not run\n  3 passed (4.2s)\n";
    assert_eq!(web(output), count(4, 1, 2));
    assert_eq!(web("Error: browser did not start"), None);
}

#[test]
fn the_last_line_is_plain() {
    let mut sum = Count::default();
    sum += count(3, 0, 1).unwrap();
    sum += count(4, 2, 0).unwrap();
    assert_eq!(sum.to_string(), "7 passed, 2 failed, 1 skipped");
}

#[test]
fn a_test_that_says_skipped_is_not_counted_as_passed() {
    let junit = r#"<testsuites><testsuite name="lapwing-asterix">
<testcase name="capture::thirty_minutes" classname="lapwing-asterix" time="0.1">
  <system-err>SKIPPED: no capture at ../shared/data
</system-err></testcase>
<testcase name="uap::order" classname="lapwing-asterix" time="0.1"><system-out>fine</system-out></testcase>
<testcase name="bad" classname="lapwing-asterix"><failure type="x">no</failure><system-err>SKIPPED: half</system-err></testcase>
</testsuite></testsuites>"#;
    assert_eq!(
        skipped_in_junit(junit),
        ["lapwing-asterix capture::thirty_minutes: no capture at ../shared/data"]
    );
    let plain =
        "---- a::b stdout ----\nSKIPPED: no data\nSKIPPED: again\n\n---- c stdout ----\nfine\n";
    assert_eq!(skipped_in_libtest(plain), ["a::b: no data"]);

    let mut sum = count(3, 0, 1).unwrap();
    sum.skip_passed(2);
    assert_eq!(Some(sum), count(1, 0, 3));
    sum.skip_passed(9);
    assert_eq!(Some(sum), count(0, 0, 4));
}
