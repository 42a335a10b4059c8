//! RFC 8785 for the values vectors use.

use serde_json::Value;

/// The canonical text of a JSON value.
pub fn canonical(value: &Value) -> String {
    match value {
        Value::Number(number) => number_text(number.as_f64().expect("a double")),
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| name.encode_utf16().collect::<Vec<_>>());
            let texts =
                members.iter().map(|(name, member)| format!("{}:{}", quoted(name), canonical(member)));
            format!("{{{}}}", texts.collect::<Vec<_>>().join(","))
        }
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

/// `serde_json` escapes what JCS escapes, in the same short forms and lower-case hex.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string")
}

/// ECMAScript's `Number::toString` with its second note: the shortest digits, the even ones of
/// two equally near, an exponent from 1e21 and below 1e-6.
fn number_text(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    // `serde_json` breaks ties to even; `{:e}` of the standard library does not.
    let (digits, point) = decimal(&serde_json::to_string(&value.abs()).expect("a finite number"));
    let (length, sign) = (digits.len() as i64, if value < 0.0 { "-" } else { "" });
    let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
    if (length..=21).contains(&point) {
        return format!("{sign}{digits}{}", zeros(point - length));
    }
    if (1..=21).contains(&point) {
        let (whole, fraction) = digits.split_at(point as usize);
        return format!("{sign}{whole}.{fraction}");
    }
    if (-5..=0).contains(&point) {
        return format!("{sign}0.{}{digits}", zeros(-point));
    }
    let (first, rest) = digits.split_at(1);
    let separator = if rest.is_empty() { "" } else { "." };
    let exponent_sign = if point > 0 { "+" } else { "-" };
    format!("{sign}{first}{separator}{rest}e{exponent_sign}{}", (point - 1).abs())
}

/// The decimal a number's text denotes, without its sign: digits without zeros at either end,
/// and how many of them stand before the point.
pub fn decimal(text: &str) -> (String, i64) {
    let text = text.trim_start_matches('-').to_ascii_lowercase();
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    let leading = all.len() - all.trim_start_matches('0').len();
    let stripped = all.trim_matches('0').to_owned();
    let point = whole.len() as i64 - leading as i64 + exponent.parse::<i64>().expect("an exponent");
    if stripped.is_empty() { (stripped, 0) } else { (stripped, point) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_are_written_as_rfc_8785_appendix_b_shows() {
        for (bits, text) in [
            (0x0000_0000_0000_0001_u64, "5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0x4340_0000_0000_0001, "9007199254740994"),
            (0x4415_af1d_78b5_8c40, "100000000000000000000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x41b3_de43_5555_5555, "333333333.3333333"),
            (0x4306_6bd5_4d6d_2e32, "788876669855174.2"),
        ] {
            assert_eq!(super::number_text(f64::from_bits(bits)), text);
        }
        assert_eq!(super::number_text(-0.0), "0");
        assert_eq!(super::number_text(-1.5), "-1.5");
    }
}
