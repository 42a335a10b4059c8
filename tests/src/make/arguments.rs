//! The call as data: strict JSON, by name, and a request that names its parts.

use super::scene::Scene;
use super::topic::{Control, Topic};
use serde_json::json;

pub(super) fn topic() -> Topic {
    let mut t = Topic::new("arguments");
    t.note(
        "Json",
        "not strict JSON; a lenient parser on one side sees another call than a strict one on the other",
    );
    t.note(
        "DuplicateMember",
        "a member named twice; one side decides on the first, the other runs the second",
    );
    t.note("Number", "a number that changes on its way through a double");
    t.note("Request", "a part of the request is empty or too long to be what it should be");
    t.note("Equality", "two spellings of one value");
    let mut base = Scene::of(1);
    base.root().tools(json!({"pay": {}}));
    base.arguments(r#"{"amount":5}"#);
    texts(&mut t, &base);
    numbers(&mut t, &base);
    requests(&mut t, &base);
    t
}

fn texts(t: &mut Topic, base: &Scene) {
    let c = t.control("json_plain", "an object of one member", "Json", base, |_| {});
    let row = |t: &mut Topic, c: &Control, name: &str, comment: &str, flags: &str, code: &str, text: &str| {
        t.fault(c, name, comment, flags, code, None, |s| s.arguments(text));
    };
    let bad = "json.bad";
    for (name, comment, text) in [
        ("json_absent", "no text at all", ""),
        ("json_blank", "blanks only", "  "),
        ("json_unclosed", "the object is not closed", r#"{"amount":5"#),
        ("json_two_values", "a second value after the first", r#"{"amount":5}{}"#),
        ("json_trailing_comma", "a comma before the end", r#"{"amount":5,}"#),
        ("json_single_quotes", "single quotes", "{'amount':5}"),
        ("json_bare_name", "a name without quotes", "{amount:5}"),
        ("json_comment", "a comment", r#"{"amount":5/**/}"#),
        ("json_nan", "NaN", r#"{"amount":NaN}"#),
        ("json_infinity", "Infinity", r#"{"amount":-Infinity}"#),
        ("json_leading_zero", "a number with a leading zero", r#"{"amount":05}"#),
        ("json_plus", "a number with a plus", r#"{"amount":+5}"#),
        ("json_hex", "a hexadecimal number", r#"{"amount":0x5}"#),
        ("json_bare_point", "a number that ends in its point", r#"{"amount":5.}"#),
        ("json_true_in_capitals", "`True`", r#"{"amount":True}"#),
        ("json_control_character", "a line feed inside a string", "{\"memo\":\"a\nb\"}"),
        ("json_bad_escape", "an escape nobody defined", r#"{"memo":"\x41"}"#),
        ("json_short_escape", "an escape of three digits", r#"{"memo":"\u004"}"#),
        ("json_byte_order_mark", "a byte order mark before the object", "\u{feff}{\"amount\":5}"),
        ("json_form_feed", "a form feed as a blank", "{\u{c}\"amount\":5}"),
        ("json_no_break_space", "a no-break space as a blank", "{\u{a0}\"amount\":5}"),
    ] {
        row(t, &c, name, comment, "Json P17", bad, text);
    }
    for (name, comment, text) in [
        ("json_array", "an array instead of an object", "[5]"),
        ("json_null", "null instead of an object", "null"),
        ("json_string", "an object inside a string", r#""{\"amount\":5}""#),
        ("json_number", "a number instead of an object", "5"),
    ] {
        row(t, &c, name, comment, "Json P16", "json.not_an_object", text);
    }
    let twice = "json.duplicate_member";
    row(
        t,
        &c,
        "member_twice",
        "two amounts",
        "DuplicateMember E10 P17",
        twice,
        r#"{"amount":5,"amount":500}"#,
    );
    row(
        t,
        &c,
        "member_twice_alike",
        "the same amount twice",
        "DuplicateMember E10",
        twice,
        r#"{"amount":5,"amount":5}"#,
    );
    row(
        t,
        &c,
        "member_twice_escaped",
        "the second name is escaped",
        "DuplicateMember E10 P17",
        twice,
        r#"{"amount":5,"\u0061mount":500}"#,
    );
    row(
        t,
        &c,
        "member_twice_inside",
        "two members of one name, two levels down",
        "DuplicateMember E10",
        twice,
        r#"{"memo":[{"a":1,"a":2}]}"#,
    );
    let lone = "json.lone_surrogate";
    row(t, &c, "surrogate_high_alone", "half a character", "Json E17", lone, r#"{"memo":"\ud800"}"#);
    row(t, &c, "surrogate_low_alone", "the other half", "Json E17", lone, r#"{"memo":"\udc00"}"#);
    row(
        t,
        &c,
        "surrogates_swapped",
        "both halves, the wrong way round",
        "Json E17",
        lone,
        r#"{"memo":"\udc00\ud800"}"#,
    );
    row(
        t,
        &c,
        "surrogate_in_a_name",
        "half a character in a member's name",
        "Json E17",
        lone,
        r#"{"\ud83d":1}"#,
    );
    t.control(
        "json_surrogates_paired",
        "a character outside the basic plane, escaped",
        "Equality E17",
        base,
        |s| s.arguments(r#"{"memo":"\ud83d\ude00"}"#),
    );
    t.control(
        "json_blanks_everywhere",
        "blanks, tabs and line ends between everything",
        "Equality P17",
        base,
        |s| s.arguments("\t{ \"amount\" :\r\n [ 5 , {} ] } "),
    );
    t.control(
        "json_names_sorted_as_utf_16",
        "members whose order differs between UTF-8 and UTF-16",
        "Equality P17",
        base,
        |s| {
            s.arguments("{\"\u{fb33}\":1,\"\u{1f600}\":2,\"\":3}");
        },
    );
    t.control("json_escapes_are_spelling", "every escape there is", "Equality P17", base, |s| {
        s.arguments(r#"{"memo":"\"\\\/\b\f\n\r\t\u0000\u001f\u007f\u20ac"}"#)
    });
    t.control("json_prototype_is_a_name", "names that mean something to JavaScript", "Json P17", base, |s| {
        s.arguments(r#"{"__proto__":{"x":1},"constructor":2,"toString":3}"#)
    });
    t.control("json_null_is_a_value", "a null argument stays null", "Json P16", base, |s| {
        s.arguments(r#"{"amount":null}"#)
    });
}

fn numbers(t: &mut Topic, base: &Scene) {
    for (name, comment, number) in [
        ("number_2_to_53_less_1", "the largest safe integer", "9007199254740991"),
        ("number_9007199254740994", "beyond, but a double holds it", "9007199254740994"),
        ("number_1e20", "twenty zeros", "1e20"),
        ("number_0_1", "one tenth", "0.1"),
        ("number_5e_324", "the smallest", "5e-324"),
        ("number_largest", "the largest", "1.7976931348623157e308"),
        ("number_with_zeros", "zeros that say nothing", "-1.50000000000000000000"),
        ("number_minus_zero", "minus zero is zero", "-0.0"),
    ] {
        t.control(name, comment, "Equality E16", base, |s| s.arguments(&format!("{{\"amount\":{number}}}")));
    }
    let c = t.control("number_exact", "a number a double holds", "Number", base, |s| {
        s.arguments(r#"{"amount":9007199254740992}"#)
    });
    for (name, comment, number) in [
        ("number_2_to_53_plus_1", "an integer between two doubles", "9007199254740993"),
        ("number_of_18_digits", "more digits than a double holds", "1.00000000000000001"),
        ("number_of_20_digits", "an id of twenty digits", "12345678901234567891"),
        ("number_overflowing", "too large for any double", "1e400"),
        ("number_underflowing", "too small for any double", "1e-400"),
        (
            "number_tenth_misspelt",
            "what a tenth is as a double, written out",
            "0.1000000000000000055511151231257827",
        ),
    ] {
        t.fault(&c, name, comment, "Number E16", "json.inexact_number", None, |s| {
            s.arguments(&format!("{{\"amount\":{number}}}"))
        });
    }
    t.fault(
        &c,
        "number_inexact_inside",
        "the same two levels down",
        "Number E16",
        "json.inexact_number",
        None,
        |s| {
            s.arguments(r#"{"memo":{"a":[9007199254740993]}}"#);
        },
    );
}

fn requests(t: &mut Topic, base: &Scene) {
    let c = t.control("request_honest", "tool, audience, HTTP and nonce", "Request", base, |s| {
        s.over_http("POST", "https://tools.example/pay", b"{}");
        s.request.nonce = Some(hex::encode([7; 8]));
    });
    let bad = "request.bad";
    t.fault(&c, "request_tool_empty", "no tool", "Request", bad, None, |s| s.request.tool.clear());
    t.fault(
        &c,
        "request_tool_of_513_bytes",
        "a tool's name above the limit",
        "Request E22",
        bad,
        None,
        |s| s.request.tool = "t".repeat(513),
    );
    t.fault(&c, "request_audience_empty", "no audience", "Request I10", bad, None, |s| {
        s.request.audience.clear()
    });
    t.fault(&c, "request_method_empty", "no method", "Request", bad, None, |s| {
        s.over_http("", "https://tools.example/pay", b"")
    });
    t.fault(&c, "request_uri_empty", "no target", "Request", bad, None, |s| s.over_http("POST", "", b""));
    t.fault(
        &c,
        "request_nonce_of_7_bytes",
        "a nonce that is too short to be one",
        "Request",
        bad,
        None,
        |s| s.request.nonce = Some(hex::encode([7; 7])),
    );
    t.fault(&c, "request_nonce_of_65_bytes", "a nonce that is too long", "Request", bad, None, |s| {
        s.request.nonce = Some(hex::encode([7; 65]))
    });
    t.fault(
        &c,
        "request_nonce_empty",
        "an empty nonce is not the same as none",
        "Request I10",
        bad,
        None,
        |s| s.request.nonce = Some(String::new()),
    );
}
